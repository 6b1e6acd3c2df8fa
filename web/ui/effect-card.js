import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {iconOf} from "./sound-icons.js";
import {writes} from "./written.js";

/** @typedef {{currentTarget: HTMLElement}} Pressed */
/** @typedef {import("../core/types.js").Filter} Filter */

/** What is wrong with the file that a filter is from, for who writes it.
 * @param {import("./words.js").Words} t @param {Filter} filter
 */
const wrongWith = (t, {title, file, error, broken}) => {
  const name = file ?? title;
  if (!error) return t("effects.broken", {file: name});
  const place = error.line === null ? name : t("trouble.place", {file: name, line: error.line});
  return t(broken ? "effects.broken.why" : "effects.stale.why", {place, message: error.message.replace(/[.。]?\s*$/, "")});
};

/** @param {{text: string}} props */
const Why = ({text}) => html`
  <p class="effect-grid__why" role="status">${h(Icon, {name: "triangle-alert", size: 16})}<span>${text}</span></p>`;

/** One filter to choose, with what it would make of our camera. Pressed: it is in the chain, at the place it says.
 * @param {{
 *   filter: Filter, place: number | null, picture: string | null, full: boolean,
 *   explained: boolean, toggle: (card: HTMLElement) => void,
 * }} props `explained`: what is wrong with its file, or why it cannot be added, is seen; `place` in its chain, counted from 1; `full`: its chain takes no more
 */
export const EffectCard = ({filter, place, picture, full, explained, toggle}) => {
  const t = useWords();
  const {name, title, kind, file, broken, error, description} = filter;
  const press = (/** @type {Pressed} */ event) => toggle(event.currentTarget);
  if (broken) {
    return html`
      <button
        type="button"
        class="effect-card effect-card--broken"
        aria-expanded=${explained}
        title=${wrongWith(t, filter)}
        data-filter=${name}
        onClick=${press}
      >
        <span class="effect-card__picture">${h(Icon, {name: "triangle-alert"})}</span>
        <span class="effect-card__name">${file ?? title}</span>
      </button>
      ${explained && h(Why, {text: wrongWith(t, filter)})}`;
  }
  const on = place !== null;
  const tooMany = full && !on;
  return html`
    <button
      type="button"
      class=${`effect-card ${on ? "effect-card--on" : ""}`}
      aria-pressed=${on}
      aria-disabled=${tooMany}
      aria-description=${description || undefined}
      title=${tooMany ? t("effects.full") : undefined}
      data-filter=${name}
      onClick=${press}
    >
      ${on && html`<span class="effect-card__mark" aria-hidden="true">${place}</span>`}
      <span class=${`effect-card__picture ${writes(name, filter) ? "is-as-sent" : ""}`}>
        ${picture
          ? html`<img src=${picture} alt="" />`
          : h(Icon, {name: iconOf(name, kind)})}
      </span>
      ${error && html`<span class="effect-card__stale" aria-hidden="true">${h(Icon, {name: "triangle-alert", size: 16})}</span>`}
      <span class="effect-card__name">${filterTitle(t, name, title)}</span>
    </button>
    ${explained && (error || tooMany) && h(Why, {text: error ? wrongWith(t, filter) : t("effects.full")})}`;
};
