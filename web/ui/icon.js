import {icons} from "../vendor/icons.js";
import {h, html} from "./html.js";

/** @param {{name: string, size?: 14 | 16 | 24, class?: string}} props */
export const Icon = ({name, size, class: extra = ""}) => html`
  <svg
    class=${`icon ${size ? `icon--${size}` : ""} ${extra}`}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${(icons[name] ?? []).map(([tag, attributes]) => h(tag, attributes))}
  </svg>`;
