import {useEffect, useState} from "../vendor/hooks.js";

/** True once `condition` has held for that long: what passes quickly is not worth a word.
 * @param {boolean} condition @param {number} ms
 */
export const useLasting = (condition, ms) => {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!condition) {
      setLasting(false);
      return undefined;
    }
    const timer = setTimeout(() => setLasting(true), ms);
    return () => clearTimeout(timer);
  }, [condition, ms]);
  return condition && lasting;
};
