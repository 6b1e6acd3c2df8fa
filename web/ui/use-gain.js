import {useEffect, useState} from "../vendor/hooks.js";

const SETTLED_MS = 1_500;

/** A value that follows the hand at once, and the server when the hand rests.
 * @param {number} told as the server has it
 * @param {boolean} listens the server does: without it, the hand is right
 * @param {(value: number) => void} tell
 * @returns {[number, (value: number) => void]}
 */
export const useGain = (told, listens, tell) => {
  const [held, setHeld] = useState(/** @type {number | null} */ (null));
  useEffect(() => {
    if (held === null || !listens) return undefined;
    const timer = setTimeout(() => setHeld(null), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [held, told, listens]);
  const set = (/** @type {number} */ value) => {
    setHeld(value);
    tell(value);
  };
  return [held ?? told, set];
};
