import {useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {allOf} from "../core/chain.js";
import {EffectItem} from "./effect-item.js";
import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {useWords} from "./preferences.js";

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
  const order = useReorder((id, to, chain) => {
    const effect = chain.find((one) => one.id === id);
    if (!effect || to < 0 || to >= chain.length) return;
    app.actions.effects.move(id, to);
    const title = filterTitle(t, effect.filter, effect.title);
    say(t("effects.moved", {title, place: to + 1, places: chain.length}));
  });
  return html`
    <div class="chain" role="list" ref=${order.list}>
      ${KINDS.flatMap((kind) =>
        own[kind].map((effect) =>
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
            picture: app.cardPreviews.picture(effect.filter),
            actions: app.actions.effects,
            toggle: () => setOpen(open === effect.id ? null : effect.id),
            grip: order.grip(effect.id, own[kind]),
            onKeyDown: order.keys(effect.id, own[kind]),
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

/** Another order, by dragging a grip or with Alt and the arrows.
 * @param {(id: string, to: number, chain: Effect[]) => void} move
 */
const useReorder = (move) => {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [lifted, setLifted] = useState(/** @type {string | null} */ (null));
  const held = useRef({top: 0, of: /** @type {HTMLElement | null} */ (null)});
  const latest = useRef({move, chain: /** @type {Effect[]} */ ([])});
  latest.current.move = move;
  const focus = useRef(/** @type {string | null} */ (null));
  useLayoutEffect(() => {
    // What moves in the document loses the focus.
    const item = focus.current && list.current?.querySelector(`[data-effect="${focus.current}"] .chain__grip`);
    focus.current = null;
    if (item instanceof HTMLElement) item.focus();
  });
  useLayoutEffect(() => {
    // What was open above it is closed now: it stays under the pointer all the same.
    const {top, of} = held.current;
    const gap = lifted && of ? Math.max(0, top - of.getBoundingClientRect().top) : 0;
    list.current?.style.setProperty("padding-top", `${gap}px`);
  }, [lifted]);
  const grip = (/** @type {string} */ id, /** @type {Effect[]} */ chain) => {
    if (lifted === id) latest.current.chain = chain;
    return (/** @type {PointerEvent & {currentTarget: HTMLElement}} */ event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      held.current = {top: event.currentTarget.getBoundingClientRect().top, of: event.currentTarget};
      latest.current.chain = chain;
      setLifted(id);
      // Heard on the document: the grip itself is moved about while it is held.
      const done = new AbortController();
      const end = () => {
        done.abort();
        setLifted(null);
      };
      const drag = (/** @type {PointerEvent} */ {clientY}) => {
        const to = placeAt(list.current, latest.current.chain, id, clientY);
        if (to !== null) latest.current.move(id, to, latest.current.chain);
      };
      document.addEventListener("pointermove", drag, {signal: done.signal});
      for (const last of ["pointerup", "pointercancel"]) document.addEventListener(last, end, {signal: done.signal});
    };
  };
  const keys = (/** @type {string} */ id, /** @type {Effect[]} */ chain) => (/** @type {KeyboardEvent} */ event) => {
    const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
    if (!event.altKey || step === undefined) return;
    event.preventDefault();
    focus.current = id;
    move(id, chain.findIndex((one) => one.id === id) + step, chain);
  };
  return {list, lifted, grip, keys};
};

/**
 * Where in its chain the pointer has the effect: null where it is already.
 * @param {HTMLElement | null} list
 * @param {Effect[]} chain
 * @param {string} id
 * @param {number} y
 */
const placeAt = (list, chain, id, y) => {
  const now = chain.findIndex((one) => one.id === id);
  const centre = (/** @type {Effect | undefined} */ effect) => {
    const box = effect && list?.querySelector(`[data-effect="${effect.id}"]`)?.getBoundingClientRect();
    return box ? box.top + box.height / 2 : null;
  };
  const above = centre(chain[now - 1]);
  const below = centre(chain[now + 1]);
  if (above !== null && y < above) return now - 1;
  if (below !== null && y > below) return now + 1;
  return null;
};
