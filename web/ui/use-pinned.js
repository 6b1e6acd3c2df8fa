import {useLayoutEffect, useRef} from "../vendor/hooks.js";

/** What follows from a press has come by then. */
const SETTLED_MS = 500;
/** Whoever does something else wants to see that. */
const ELSEWHERE = ["focusin", "keydown", "pointerdown", "touchmove", "wheel"];

/** What was pressed stays where it is while the panel grows above it: the next press lands where it was aimed.
 * @returns {(pressed: HTMLElement) => void} call it when something is pressed
 */
export const usePinned = () => {
  const pinned = useRef(/** @type {{of: HTMLElement, top: number, until: number} | null} */ (null));
  useLayoutEffect(() => {
    const pin = pinned.current;
    const scroller = pin?.of.closest(".panel__body");
    if (!pin || !scroller || performance.now() > pin.until) return;
    scroller.scrollTop += pin.of.getBoundingClientRect().top - pin.top;
  });
  return (pressed) => {
    const {top} = pressed.getBoundingClientRect();
    pinned.current = {of: pressed, top, until: performance.now() + SETTLED_MS};
    const done = new AbortController();
    const letGo = () => {
      done.abort();
      pinned.current = null;
    };
    const listening = {signal: AbortSignal.any([done.signal, AbortSignal.timeout(SETTLED_MS)]), capture: true};
    for (const name of ELSEWHERE) document.addEventListener(name, letGo, listening);
  };
};
