import {useLayoutEffect, useRef, useState} from "../vendor/hooks.js";

/** @typedef {{width: number, height: number}} Size */

/** The size of an element, followed as it changes.
 * @returns {[{current: HTMLElement | null}, Size]}
 */
export const useSize = () => {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  const [size, setSize] = useState(/** @type {Size} */ ({width: 0, height: 0}));
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const measure = () =>
      setSize((last) =>
        last.width === target.clientWidth && last.height === target.clientHeight
          ? last
          : {width: target.clientWidth, height: target.clientHeight},
      );
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return [element, size];
};
