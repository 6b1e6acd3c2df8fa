import {Avatar} from "./avatar.js";
import {h, html} from "./html.js";

const MOST = 3;

/** Who is there at a glance; the names themselves stand beside it.
 * @param {{people: {seed: string, name: string}[]}} props
 */
export const Avatars = ({people}) => html`
  <span class="avatars">
    ${people.slice(0, MOST).map(({seed, name}) => h(Avatar, {key: seed, name, seed, size: "28", letters: 1}))}
  </span>`;
