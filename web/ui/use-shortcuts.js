import {useEffect, useRef} from "../vendor/hooks.js";
import {isTyping} from "./typing.js";

/**
 * @typedef {{
 *   keys: Record<string, () => void>,
 *   talk: {canStart: () => boolean, start: () => void, stop: () => void},
 * }} Shortcuts
 */

/** A button reached by keyboard keeps its own Space; one that was clicked gives it to talking.
 * @param {EventTarget | null} target
 */
const ownsSpace = (target) =>
  target instanceof HTMLElement && target.matches("button, a, summary, [tabindex]") && target.matches(":focus-visible");

/** One key, one deed, in the call; hold Space to talk. Off while typing.
 * @param {Shortcuts} shortcuts
 */
export const useShortcuts = (shortcuts) => {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const talking = useRef(false);
  useEffect(() => {
    const gone = new AbortController();
    const {signal} = gone;
    const stop = () => {
      if (talking.current) latest.current.talk.stop();
      talking.current = false;
    };
    const space = (/** @type {KeyboardEvent} */ event) => {
      if (ownsSpace(event.target)) return;
      event.preventDefault();
      if (event.repeat || talking.current || !latest.current.talk.canStart()) return;
      talking.current = true;
      latest.current.talk.start();
    };
    const down = (/** @type {KeyboardEvent} */ event) => {
      if (event.defaultPrevented || isTyping(event)) return;
      if (event.key === " ") {
        space(event);
        return;
      }
      const act = latest.current.keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act || event.repeat) return;
      event.preventDefault();
      act();
    };
    const up = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== " ") return;
      if (talking.current) event.preventDefault();
      stop();
    };
    document.addEventListener("keydown", down, {signal});
    document.addEventListener("keyup", up, {signal});
    window.addEventListener("blur", stop, {signal});
    return () => {
      gone.abort();
      stop();
    };
  }, []);
};
