import {useEffect, useRef, useState} from "../vendor/hooks.js";
import {MOST_EFFECTS} from "../core/chain.js";
import {EffectCard} from "./effect-card.js";
import {Chips} from "./chips.js";
import {OwnSound} from "./own-sound.js";
import {chipsOf, inOrder, matching} from "./find-filters.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {useCardPreviews} from "./use-card-previews.js";
import {usePinned} from "./use-pinned.js";
import {useVisible} from "./use-visible.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").Filter} Filter */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {{words: string, chip: string}} Search what outlives a closed panel */

/** Everything there is to choose from: found by words, narrowed by chips.
 * @param {{app: App, state: State, filters: Filter[], search: {current: Search}}} props
 */
export const EffectsBrowser = ({app, state, filters, search}) => {
  const t = useWords();
  const [{words, chip}, setSearch] = useState(search.current);
  const change = (/** @type {Partial<Search>} */ part) => {
    search.current = {...search.current, ...part};
    setSearch(search.current);
  };
  const {own} = state.effects;
  const [explained, setExplained] = useState(/** @type {string | null} */ (null));
  const pin = usePinned();
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const why = explained && grid.current?.querySelector(`[data-filter="${explained}"] + .effect-grid__why`);
    if (why) why.scrollIntoView({block: "nearest"});
  }, [explained]);
  const found = matching(t, inOrder(t, filters), chip, words);
  const visible = useVisible(grid, found.map(({name}) => name).join(" "));
  const chosen = own.video.map(({filter}) => filter);
  const drawn = filters.filter(({kind, broken, name}) => kind === "video" && !broken && (visible.has(name) || chosen.includes(name)));
  useCardPreviews(app, drawn.map(({name}) => name), state);
  useEffect(() => app.cardPreviews.keep(filters.map(({name}) => name)), [filters]);
  const placeOf = (/** @type {Filter} */ {kind, name}) => {
    const place = own[kind].findIndex((effect) => effect.filter === name);
    return place < 0 ? null : place + 1;
  };
  const press = (/** @type {Filter} */ filter, /** @type {HTMLElement} */ pressed) => {
    const full = own[filter.kind].length >= MOST_EFFECTS && placeOf(filter) === null;
    if (filter.broken || full) return setExplained(explained === filter.name ? null : filter.name);
    setExplained(null);
    pin(pressed);
    return app.actions.effects.toggle(filter);
  };
  // Once for each file, by the first of its cards; what is in the chain has said it above.
  const tellsOf = (/** @type {Filter} */ filter) =>
    found.find(({file, error, broken}) => error && !broken && file === filter.file) === filter &&
    !state.effects.troubles.some(({file}) => file === filter.file);
  const leave = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.isComposing || words === "") return;
    // The first one is for the words, the second for the panel.
    event.preventDefault();
    event.stopPropagation();
    change({words: ""});
  };
  return html`
    <div class="field__control effect-search">
      ${h(Icon, {name: "search"})}
      <input
        class="input input--small"
        type="search"
        value=${words}
        placeholder=${t("effects.search", {n: filters.filter(({broken}) => !broken).length})}
        aria-label=${t("effects.search.label")}
        autocomplete="off"
        onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => change({words: event.currentTarget.value})}
        onKeyDown=${leave}
      />
    </div>
    ${h(Chips, {
      label: t("effects.categories"),
      chips: chipsOf(filters).map((each) => ({value: each, text: t(`effects.category.${each}`)})),
      chosen: chip,
      choose: (chosen) => change({chip: chosen}),
    })}
    ${chip === "sound" && h(OwnSound, {state, actions: app.actions})}
    <div class="effect-grid" ref=${grid}>
      ${found.map((filter) =>
        h(EffectCard, {
          key: filter.name,
          filter,
          place: placeOf(filter),
          picture: app.cardPreviews.picture(filter.name),
          full: own[filter.kind].length >= MOST_EFFECTS,
          explained: explained === filter.name || tellsOf(filter),
          toggle: (pressed) => press(filter, pressed),
        }),
      )}
    </div>
    ${found.length === 0 && html`<p class="effects__none">${t("effects.none-found")}</p>`}`;
};
