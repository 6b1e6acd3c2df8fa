import {html} from "./html.js";

const HUES = 8;

/** The same person gets the same hue on every page, as far as `seed` is theirs. @param {string} seed */
const hue = (seed) => {
  let sum = 7;
  for (const letter of seed) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return (sum % HUES) + 1;
};

/** @param {string} name @param {number} most */
const initials = (name, most) =>
  name
    .trim()
    .split(/\s+/u)
    .slice(0, most)
    .map((word) => [...word][0] ?? "")
    .join("")
    .toLocaleUpperCase();

/** @param {{name: string, seed: string, size?: "24" | "28" | "32" | "40" | "tile", letters?: number}} props */
export const Avatar = ({name, seed, size, letters = 2}) => html`
  <span
    class=${`avatar ${size ? `avatar--${size}` : ""} avatar--who-${hue(seed)}`}
    aria-hidden="true"
  >${initials(name, letters)}</span>`;
