import {useEffect, useState} from "../vendor/hooks.js";

/** Which cards of a grid are on the screen, by their filters.
 * @param {{current: HTMLElement | null}} grid @param {string} cards changes when there are others
 * @returns {Set<string>}
 */
export const useVisible = (grid, cards) => {
  const [visible, setVisible] = useState(() => new Set());
  useEffect(() => {
    /** @type {Set<string>} */
    const now = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const {target, isIntersecting} of entries) {
        const name = target instanceof HTMLElement ? (target.dataset["filter"] ?? "") : "";
        if (isIntersecting) now.add(name);
        else now.delete(name);
      }
      setVisible(new Set(now));
    });
    for (const card of grid.current?.children ?? []) observer.observe(card);
    return () => observer.disconnect();
  }, [cards]);
  return visible;
};
