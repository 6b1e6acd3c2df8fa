import {useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {Tooltip} from "./tooltip.js";

/** @typedef {import("../vendor/preact.js").Child} Child */

/** A button of the control bar with one icon. Once pressed it needs no word until the pointer comes again.
 * @param {{
 *   icon: string, label: string, shortcut?: string, pressed?: boolean, opens?: string, expanded?: boolean,
 *   count?: number, counted?: string, classes?: string, face?: string, press: () => void, children?: Child,
 * }} props
 */
export const BarButton = (props) => {
  const [pressedHere, setPressedHere] = useState(false);
  const {icon, label, shortcut, pressed, opens, expanded, count = 0, counted, classes = "", face = "", press, children} = props;
  return html`
    <span class=${`control-bar__slot ${classes}`} onPointerLeave=${() => setPressedHere(false)}>
      <button
        class=${`icon-button icon-button--bar ${face}`}
        aria-label=${label}
        aria-pressed=${pressed}
        aria-haspopup=${expanded === undefined ? undefined : "menu"}
        aria-expanded=${expanded}
        aria-description=${count > 0 ? counted : undefined}
        data-opens=${opens}
        onClick=${(/** @type {MouseEvent} */ event) => {
          setPressedHere(event.detail > 0); // not by a key: no pointer would leave
          press();
        }}
      >
        ${h(Icon, {name: icon})}
        ${count > 0 && html`<span class="icon-button__count" data-count=${count > 99 ? "99+" : count}></span>`}
      </button>
      ${!expanded && !pressedHere && h(Tooltip, {text: label, shortcut})}
      ${children}
    </span>`;
};
