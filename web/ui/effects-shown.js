import {useRef} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

const WAYS = /** @type {const} */ ([
  {shown: false, icon: {picture: "eye", sound: "audio-lines"}, face: "bulb", says: ["effects.preview", "effects.preview"]},
  {shown: true, icon: {picture: "users", sound: "users"}, face: "live", says: ["effects.show", "effects.showing"]},
]);

/** Who gets the effects: one of two, as radio buttons are. Arrows choose the other. `sound`: they change nothing else.
 * @param {{shown: boolean, sound: boolean, show: (shown: boolean) => void}} props
 */
export const EffectsShown = ({shown, sound, show}) => {
  const t = useWords();
  const group = useRef(/** @type {HTMLElement | null} */ (null));
  const turn = (/** @type {KeyboardEvent} */ event) => {
    if (!/^Arrow/.test(event.key)) return;
    event.preventDefault();
    show(!shown);
    const other = group.current?.querySelector(`[aria-checked="false"]`);
    if (other instanceof HTMLElement) other.focus();
  };
  return html`
    <div class="segmented" role="radiogroup" aria-label=${t(sound ? "effects.who.sound" : "effects.who")} ref=${group} onKeyDown=${turn}>
      ${WAYS.map(
        (way) => html`
          <button
            key=${way.face}
            type="button"
            class=${`segmented__item segmented__item--${way.face}`}
            role="radio"
            aria-checked=${shown === way.shown}
            tabindex=${shown === way.shown ? 0 : -1}
            onClick=${() => show(way.shown)}
          >
            ${h(Icon, {name: way.icon[sound ? "sound" : "picture"], size: 16})}${t(way.says[shown === way.shown ? 1 : 0])}
          </button>`,
      )}
    </div>`;
};
