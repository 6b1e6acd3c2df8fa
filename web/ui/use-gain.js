import {useEffect, useState} from "../vendor/hooks.js";

const SETTLED_MS = 1_500;

/** A value that follows the hand at once, and the server when the hand rests.
 * @param {number} told as the server has it
 * @param {(value: number) => void} tell
 * @returns {[number, (value: number) => void]}
 */
export const useGain = (told, tell) => {
  const [held, setHeld] = useState(/** @type {number | null} */ (null));
  useEffect(() => {
    if (held === null) return undefined;
    const timer = setTimeout(() => setHeld(null), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [held, told]);
  const set = (/** @type {number} */ value) => {
    setHeld(value);
    tell(value);
  };
  return [held ?? told, set];
};
