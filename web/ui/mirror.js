import {html} from "./html.js";

/** @typedef {import("../vendor/preact.js").Child} Child */

const A_SIDE = [1, 2, 3, 4, 5, 6, 7];
const BULBS = html`
  <div class="mirror__bulbs" aria-hidden="true">
    ${A_SIDE.map((n) => html`<span class="mirror__bulb" key=${n}></span>`)}
  </div>`;

/** The frame with bulbs. Its level is the microphone's, `lit` (a picture) or dark.
 * @param {{frame?: {current: HTMLElement | null}, lit?: boolean, children?: Child}} props
 */
export const Mirror = ({frame, lit = false, children}) => html`
  <div class=${`mirror ${lit ? "mirror--lit" : ""}`} ref=${frame}>
    ${BULBS}
    <div class="mirror__glass">${children}</div>
    ${BULBS}
  </div>`;
