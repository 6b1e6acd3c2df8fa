import {useEffect, useState} from "../vendor/hooks.js";

/** Whether nobody looks at the page: it is behind another tab, or minimized. */
export const useHidden = () => {
  const [hidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const gone = new AbortController();
    document.addEventListener("visibilitychange", () => setHidden(document.hidden), {signal: gone.signal});
    return () => gone.abort();
  }, []);
  return hidden;
};
