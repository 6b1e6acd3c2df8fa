import {html} from "./html.js";

const WIDTH = 100;
const HEIGHT = 28;
const TOP = 3;

/**
 * The line of a sparkline in a box of 100 by 28, the newest value at the right. Pure.
 * @param {number[]} values @param {number} length of the whole line in values @param {number} least the least top value
 */
export const points = (values, length, least) => {
  const top = Math.max(least, ...values);
  return values.map((value, n) => ({
    x: WIDTH - ((values.length - 1 - n) * WIDTH) / (length - 1),
    y: HEIGHT - (value / top) * (HEIGHT - TOP),
  }));
};

/** @param {{values: number[], length: number, least: number, warn: boolean}} props */
export const Sparkline = ({values, length, least, warn}) => {
  const line = points(values, length, least);
  const path = line.map(({x, y}, n) => `${n === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join(" ");
  const [first] = line;
  return html`
    <svg
      class=${`sparkline ${warn ? "sparkline--warn" : ""}`}
      viewBox=${`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      ${first && html`<path class="sparkline__area" d=${`${path} L${WIDTH} ${HEIGHT} L${first.x.toFixed(1)} ${HEIGHT}Z`} />`}
      ${first && html`<path class="sparkline__line" d=${path} />`}
    </svg>`;
};
