import {percent} from "./flow-words.js";
import {html} from "./html.js";

const LOSSY = 0.02;

/** @param {{lost: number}} props */
export const LostCell = ({lost}) => html`<span class=${lost >= LOSSY ? "is-warn" : ""}>${percent(lost)}</span>`;
