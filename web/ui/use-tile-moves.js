import {useLayoutEffect, useRef} from "../vendor/hooks.js";

/** @typedef {{left: number, top: number, width: number, height: number}} Box */

/** How the tokens say that a tile moves; the time is 0 when the person asked for less motion.
 * @param {Element} element
 */
const motion = (element) => {
  const style = getComputedStyle(element);
  const time = style.getPropertyValue("--d-3").trim();
  return {
    duration: Number.parseFloat(time) * (time.endsWith("ms") ? 1 : 1000) || 0,
    easing: style.getPropertyValue("--ease-move").trim() || "ease",
  };
};

/** @param {HTMLElement} tile @returns {Box} */
const boxOf = (tile) => ({
  left: tile.offsetLeft,
  top: tile.offsetTop,
  width: tile.offsetWidth,
  height: tile.offsetHeight,
});

/** @param {HTMLElement} tile @param {Box | undefined} from @param {Box} to @param {KeyframeAnimationOptions} how */
const move = (tile, from, to, how) => {
  if (to.width === 0 || from?.width === 0) return; // a sheet covers the stage
  if (!from) {
    tile.animate([{opacity: 0, transform: "scale(0.96)"}, {opacity: 1, transform: "none"}], how);
    return;
  }
  if (from.left === to.left && from.top === to.top && from.width === to.width) return;
  const shift = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
  const scale = `scale(${from.width / to.width}, ${from.height / to.height})`;
  tile.animate(
    [
      {transform: `${shift} ${scale}`, transformOrigin: "0 0"},
      {transform: "none", transformOrigin: "0 0"},
    ],
    how,
  );
};

/** Lets tiles glide to where the layout put them when `who` changes or a panel opens; never while a window is dragged.
 * @param {{current: HTMLElement | null}} stage @param {string} who @param {string} panel
 */
export const useTileMoves = (stage, who, panel) => {
  const last = useRef({who: "", panel, width: 0, height: 0, boxes: /** @type {Map<string, Box>} */ (new Map())});
  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const before = last.current;
    const resized = before.width !== element.clientWidth || before.height !== element.clientHeight;
    const opened = before.panel !== panel && resized;
    const boxes = /** @type {Map<string, Box>} */ (new Map());
    const how = motion(element);
    const animated = how.duration > 0 && before.boxes.size > 0 && (before.who !== who || opened);
    for (const tile of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(".tile"))) {
      const id = tile.dataset.participant ?? "";
      const box = boxOf(tile);
      boxes.set(id, box);
      if (animated) move(tile, before.boxes.get(id), box, how);
    }
    last.current = {
      who,
      panel: resized ? panel : before.panel,
      width: element.clientWidth,
      height: element.clientHeight,
      boxes,
    };
  });
};
