import {html} from "./html.js";

/** How good a connection is, as three bars; the words beside it say the same.
 * @param {{bars: import("../core/types.js").Quality}} props
 */
export const Quality = ({bars}) => html`
  <span class=${bars < 3 ? "is-warn" : ""}>
    <span class=${`quality quality--${bars}`} aria-hidden="true"><i></i><i></i><i></i></span>
  </span>`;
