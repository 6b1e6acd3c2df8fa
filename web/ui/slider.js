import {useId, useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {fitNumber} from "../core/chain.js";
import {html} from "./html.js";

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
  const share = (/** @type {number} */ number) => (high > low ? (number - low) / (high - low) : 0);
  useLayoutEffect(() => {
    rail.current?.style.setProperty("--value", share(value).toFixed(4));
    rail.current?.style.setProperty("--default", share(Number(scale.default)).toFixed(4));
  }, [value, low, high, scale.default]);
  const number = `${signed && value > 0 ? "+" : ""}${plain(value)}`;
  const words = unit ? `${number} ${unit}` : number;
  const take = () => {
    const read = typed === null ? Number.NaN : Number.parseFloat(typed.replace(",", "."));
    if (Number.isFinite(read)) set(fitNumber({...NUMBER, ...scale}, read));
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
        <label for=${id}>${title}</label>
        <input
          class="slider__number"
          inputmode="decimal"
          autocomplete="off"
          aria-label=${title}
          value=${typed ?? words}
          onFocus=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => {
            setTyped(plain(value));
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

/** As short as it can be read. @param {number} value */
const plain = (value) => String(Number(value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)));
