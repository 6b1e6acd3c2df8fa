import {useEffect, useState} from "../vendor/hooks.js";

/** The time, renewed every second while `running`. @param {boolean} [running] */
export const useNow = (running = true) => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
};
