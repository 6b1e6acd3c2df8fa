import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** One filter to choose, with what it would make of our camera. Pressed: it is in the chain, at the place it says.
 * @param {{
 *   filter: import("../core/types.js").Filter, place: number | null, picture: string | null, full: boolean,
 *   toggle: () => void,
 * }} props `place` in its chain, counted from 1; `full`: its chain takes no more
 */
export const EffectCard = ({filter, place, picture, full, toggle}) => {
  const t = useWords();
  const {name, title, kind, file, broken, description} = filter;
  if (broken) {
    return html`
      <button type="button" class="effect-card effect-card--broken" aria-disabled="true" data-filter=${name}>
        <span class="effect-card__picture">${h(Icon, {name: "triangle-alert"})}</span>
        <span class="effect-card__name">${file ?? title}</span>
        <span class="visually-hidden">${t("effects.broken")}</span>
      </button>`;
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
      onClick=${() => (on || !full) && toggle()}
    >
      ${on && html`<span class="effect-card__mark" aria-hidden="true">${place}</span>`}
      <span class="effect-card__picture">
        ${picture
          ? html`<img src=${picture} alt="" />`
          : h(Icon, {name: kind === "audio" ? "audio-lines" : "wand-sparkles"})}
      </span>
      <span class="effect-card__name">${filterTitle(t, name, title)}</span>
    </button>`;
};
