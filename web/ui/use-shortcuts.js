import {useEffect, useRef} from "../vendor/hooks.js";
import {isTyping} from "./typing.js";

/**
 * @typedef {{
 *   keys: Record<string, () => void>,
 *   talk: {isOn: boolean, canStart: () => boolean, start: () => void, stop: () => void},
 * }} Shortcuts `isOn`: the microphone is wanted, by talking or otherwise
 */

const MOVES_FOCUS = /^(Tab|Home|End|Arrow(Up|Down|Left|Right))$/;

/**
 * A button reached by keyboard keeps its own Space; one that was clicked gives it to talking. :focus-visible cannot
 * tell them apart: at the first key press, it matches a clicked button, too.
 * @param {AbortSignal} signal
 * @returns {(target: EventTarget | null) => boolean}
 */
const spaceOwner = (signal) => {
  let keyboard = false;
  let reached = false;
  const pointed = () => {
    keyboard = false;
    reached = false;
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (MOVES_FOCUS.test(event.key)) keyboard = true;
  };
  const focused = () => {
    reached = keyboard;
  };
  document.addEventListener("pointerdown", pointed, {signal, capture: true});
  document.addEventListener("keydown", pressed, {signal, capture: true});
  document.addEventListener("focusin", focused, {signal});
  return (target) => reached && target instanceof HTMLElement && target.matches("button, a, summary, [tabindex]");
};

/** One key, one deed, in the call; hold Space to talk. Off while typing.
 * @param {Shortcuts} shortcuts
 */
export const useShortcuts = (shortcuts) => {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const talking = useRef(false);
  // Muted by another key or button while Space is held: then letting go of it decides nothing any more.
  if (!shortcuts.talk.isOn) talking.current = false;
  useEffect(() => {
    const gone = new AbortController();
    const {signal} = gone;
    const ownsSpace = spaceOwner(signal);
    let held = false;
    const stop = () => {
      held = false;
      if (talking.current) latest.current.talk.stop();
      talking.current = false;
    };
    const space = (/** @type {KeyboardEvent} */ event) => {
      if (!held && ownsSpace(event.target)) return;
      event.preventDefault();
      held = true;
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
      // A button would take the key's release for a click.
      if (held) event.preventDefault();
      stop();
    };
    document.addEventListener("keydown", down, {signal});
    document.addEventListener("keyup", up, {signal});
    window.addEventListener("blur", stop, {signal});
    window.addEventListener("pagehide", stop, {signal});
    return () => {
      gone.abort();
      stop();
    };
  }, []);
};
