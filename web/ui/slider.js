import {useId, useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {fitNumber} from "../core/chain.js";
import {html} from "./html.js";
import {digitsOf, plain, readNumber} from "./read-number.js";

/** @typedef {import("../core/types.js").Param} Param */
/** @typedef {Pick<Param, "low" | "high" | "step" | "whole" | "unit" | "default">} Scale */

/** A number with its word: dragged, stepped with arrows, or typed. The tick is the default; a double-click goes there.
 * @param {{title: string, scale: Scale, value: number, signed?: boolean, set: (value: number) => void}} props
 */
export const Slider = ({title, scale, value, signed = false, set}) => {
  const {low, high, unit} = scale;
  const id = useId();
  const rail = useRef(/** @type {HTMLElement | null} */ (null));
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [active, setActive] = useState(false);
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const put = useRef("");
  const number = useRef(/** @type {HTMLElement | null} */ (null));
  const share = (/** @type {number} */ number) => (high > low ? (number - low) / (high - low) : 0);
  useLayoutEffect(() => {
    rail.current?.style.setProperty("--value", share(value).toFixed(4));
    rail.current?.style.setProperty("--default", share(Number(scale.default)).toFixed(4));
  }, [value, low, high, scale.default]);
  useLayoutEffect(() => number.current?.style.setProperty("--longest", String(longest(scale, signed))));
  const bare = plain(scale, value);
  const said = `${signed && value > 0 ? "+" : ""}${bare}`;
  const words = unit ? `${said} ${unit}` : said;
  const take = () => {
    // What was only looked at stays as exact as it is.
    const read = typed === null || typed === put.current ? null : readNumber(typed, scale);
    if (read !== null) set(fitNumber({...NUMBER, ...scale}, read));
    setTyped(null);
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") input.current?.focus(); // leaving the field takes the number
    if (event.key !== "Escape" || typed === null) return;
    event.stopPropagation();
    setTyped(null);
  };
  return html`
    <div class=${`slider slider--inline ${active ? "slider--active" : ""}`}>
      <div class="slider__head">
        <label for=${id} title=${title}>${title}</label>
        <input
          ref=${number}
          class="slider__number"
          inputmode="decimal"
          autocomplete="off"
          aria-label=${title}
          title=${unit ? words : undefined}
          value=${typed ?? words}
          onFocus=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => {
            put.current = bare;
            setTyped(bare);
            const field = event.currentTarget;
            requestAnimationFrame(() => document.activeElement === field && field.select()); // select() takes the focus
          }}
          onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => setTyped(event.currentTarget.value)}
          onBlur=${take}
          onKeyDown=${key}
        />
      </div>
      <div class="slider__rail" ref=${rail}>
        <input
          id=${id}
          ref=${input}
          class="slider__input"
          type="range"
          min=${low}
          max=${high}
          step=${stepOf(scale)}
          value=${value}
          aria-valuetext=${words}
          onPointerDown=${() => setActive(true)}
          onPointerUp=${() => setActive(false)}
          onPointerCancel=${() => setActive(false)}
          onDblClick=${() => set(Number(scale.default))}
          onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => set(Number(event.currentTarget.value))}
        />
        <span class="slider__default"></span>
        <span class="slider__fill"></span>
        <span class="slider__thumb"></span>
        ${active && html`<span class="slider__bubble" aria-hidden="true">${words}</span>`}
      </div>
    </div>`;
};

/** @type {Param} */
const NUMBER = {name: "", title: "", kind: "number", default: 0, low: 0, high: 1, step: 0, whole: false, unit: "", choices: []};

/** @param {Scale} scale */
const stepOf = ({step, whole}) => (whole ? Math.max(1, step) : step > 0 ? step : "any");

/** How many characters the longest of its numbers has: a number that changes does not move what stands beside it.
 * @param {Scale} scale @param {boolean} signed
 */
const longest = (scale, signed) => {
  const {low, high, unit} = scale;
  const digits = digitsOf(scale);
  const number = Math.max(low.toFixed(digits).length, high.toFixed(digits).length + (signed && high > 0 ? 1 : 0));
  return number + (unit ? 1 + unit.length : 0);
};
