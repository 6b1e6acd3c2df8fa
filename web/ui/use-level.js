import {useEffect, useRef} from "../vendor/hooks.js";

/** @typedef {import("../core/types.js").App["onLevel"]} OnLevel */

/** Writes a level to --level of the element, thirty times a second and past the renderer.
 * @param {OnLevel} onLevel @param {string} who @param {boolean} on
 * @returns {{current: HTMLElement | null}}
 */
export const useLevel = (onLevel, who, on) => {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const write = (/** @type {number} */ level) =>
      element.current?.style.setProperty("--level", level.toFixed(3));
    write(0);
    return on ? onLevel(who, write) : undefined;
  }, [onLevel, who, on]);
  return element;
};
