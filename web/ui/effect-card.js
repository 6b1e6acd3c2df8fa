import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {iconOf} from "./sound-icons.js";
import {writes} from "./written.js";

/** @typedef {{currentTarget: HTMLElement}} Pressed */

/** One filter to choose, with what it would make of our camera. Pressed: it is in the chain, at the place it says.
 * @param {{
 *   filter: import("../core/types.js").Filter, place: number | null, picture: string | null, full: boolean,
 *   explained: boolean, toggle: (card: HTMLElement) => void,
 * }} props `explained`: what is wrong with it is seen; `place` in its chain, counted from 1; `full`: its chain takes no more
 */
export const EffectCard = ({filter, place, picture, full, explained, toggle}) => {
  const t = useWords();
  const {name, title, kind, file, broken, description} = filter;
  const press = (/** @type {Pressed} */ event) => toggle(event.currentTarget);
  if (broken) {
    return html`
      <button
        type="button"
        class="effect-card effect-card--broken"
        aria-expanded=${explained}
        title=${t("effects.broken", {file: file ?? title})}
        data-filter=${name}
        onClick=${press}
      >
        <span class="effect-card__picture">${h(Icon, {name: "triangle-alert"})}</span>
        <span class="effect-card__name">${file ?? title}</span>
      </button>
      ${explained &&
      html`<p class="effect-grid__why" role="status">
        ${h(Icon, {name: "triangle-alert", size: 16})}<span>${t("effects.broken", {file: file ?? title})}</span>
      </p>`}`;
  }
  const on = place !== null;
  return html`
    <button
      type="button"
      class=${`effect-card ${on ? "effect-card--on" : ""}`}
      aria-pressed=${on}
      aria-disabled=${full && !on}
      aria-description=${description || undefined}
      title=${full && !on ? t("effects.full") : undefined}
      data-filter=${name}
      onClick=${press}
    >
      ${on && html`<span class="effect-card__mark" aria-hidden="true">${place}</span>`}
      <span class=${`effect-card__picture ${writes(name, filter) ? "is-as-sent" : ""}`}>
        ${picture
          ? html`<img src=${picture} alt="" />`
          : h(Icon, {name: iconOf(name, kind)})}
      </span>
      <span class="effect-card__name">${filterTitle(t, name, title)}</span>
    </button>`;
};
