import {html} from "./html.js";

/** A word for the eye only: the button beside it has its own name. CSS shows it on hover and on keyboard focus.
 * @param {{text: string, shortcut?: string}} props
 */
export const Tooltip = ({text, shortcut}) => html`
  <span class="tooltip" aria-hidden="true">
    ${text}${shortcut && html`<span class="key">${shortcut}</span>`}
  </span>`;
