import {html} from "./html.js";

/** What a filter read out of somebody's picture or voice. @param {{text: string}} props */
export const TileCaption = ({text}) => html`
  <div class="tile__caption"><span dir="auto">${text}</span></div>`;
