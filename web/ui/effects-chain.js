import {useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {allOf} from "../core/chain.js";
import {EffectItem} from "./effect-item.js";
import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {useWords} from "./preferences.js";
import {useReorder} from "./use-reorder.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").Effect} Effect */
/** @typedef {import("../core/types.js").EffectsState} EffectsState */
/** @typedef {import("../core/types.js").Filter} Filter */

const KINDS = /** @type {const} */ (["video", "audio"]);

/** What is applied, from top to bottom: the picture's effects, then the sound's. Each has its own order.
 * @param {{
 *   app: App, effects: EffectsState, open: string | null, setOpen: (id: string | null) => void,
 *   say: (sentence: string) => void,
 * }} props `open`: whose parameters are seen; `say`: aloud
 */
export const EffectsChain = ({app, effects, open, setOpen, say}) => {
  const t = useWords();
  const {own, filters, cost, troubles} = effects;
  const all = allOf(own);
  const after = (/** @type {string} */ id) => {
    const place = all.findIndex((one) => one.id === id);
    return (all[place + 1] ?? all[place - 1])?.id ?? null;
  };
  const order = useReorder(own, (id, kind, to) => {
    const effect = own[kind].find((one) => one.id === id);
    if (!effect || to < 0 || to >= own[kind].length) return;
    app.actions.effects.move(id, to);
    const title = filterTitle(t, effect.filter, effect.title);
    say(t("effects.moved", {title, place: to + 1, places: own[kind].length}));
  });
  return html`
    <div class="chain" role="list" ref=${order.list}>
      ${KINDS.flatMap((kind) =>
        order.seen[kind].map((effect, place) =>
          h(EffectItem, {
            key: effect.id,
            effect,
            filter: filters?.find(({name}) => name === effect.filter),
            kind,
            ms: cost[kind]?.filters[effect.id],
            off: troubles.some(({id, off}) => off && id === effect.id),
            next: after(effect.id),
            // What is open would be in the way of what is dragged past it.
            open: open === effect.id && order.lifted === null,
            lifted: order.lifted === effect.id,
            first: place === 0,
            last: place === own[kind].length - 1,
            picture: app.cardPreviews.picture(effect.filter),
            actions: app.actions.effects,
            toggle: () => setOpen(open === effect.id ? null : effect.id),
            grip: order.grip(effect.id, kind),
            step: (by) => order.step(effect.id, kind, by),
            onKeyDown: order.keys(effect.id, kind),
          }),
        ),
      )}
    </div>`;
};

/** Whose parameters are seen: those of what was just added, until another is opened.
 * @param {Effect[]} effects
 * @returns {[string | null, (id: string | null) => void]}
 */
export const useOpened = (effects) => {
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const known = useRef(new Set(effects.map(({id}) => id)));
  const ids = effects.map(({id}) => id).join(" ");
  useLayoutEffect(() => {
    const added = effects.filter(({id}) => !known.current.has(id));
    known.current = new Set(effects.map(({id}) => id));
    const last = added.at(-1);
    if (last && added.length === 1) setOpen(last.id);
  }, [ids]);
  return [open, setOpen];
};
