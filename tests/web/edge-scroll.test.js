import {edgeScroll} from "../../web/ui/edge-scroll.js";

const FRAMES = 40;

/** A box of 200 pixels with a list of 400 behind air of 100. @param {string} padding where others lie over its top */
const scroller = (padding = "0px") => {
  const box = document.createElement("div");
  box.innerHTML = "<div></div><div></div><div></div>";
  Object.assign(box.style, {position: "fixed", top: "0", width: "50px", height: "200px", overflow: "auto", scrollPaddingTop: padding});
  const heights = ["100px", "400px", "600px"];
  for (const [n, part] of [...box.children].entries()) part.style.height = heights[n];
  document.body.append(box);
  return {box, list: box.children[1]};
};

/**
 * How far it has scrolled when the pointer has rested at `y` for a while, and how often that was told.
 * @param {number | null} y @param {number} from @param {string} [padding]
 */
const rested = async (y, from, padding) => {
  const {box, list} = scroller(padding);
  box.scrollTop = from;
  const drag = new AbortController();
  let told = 0;
  edgeScroll(box, list, {y: () => y, scrolled: () => (told += 1), signal: drag.signal});
  for (let n = 0; n < FRAMES; n += 1) await new Promise((done) => requestAnimationFrame(done));
  drag.abort();
  const by = box.scrollTop - from;
  box.remove();
  return {by, told};
};

export default {
  "at an edge it scrolls, to the end of the list and little further": async (t) => {
    const {by, told} = await rested(199, 150);
    t.ok(by >= 150 && by < 170, `down by ${by}`);
    t.ok(told > 0);
    const up = await rested(1, 250);
    t.ok(up.by <= -150 && up.by > -170, `up by ${up.by}`);
  },

  "in the middle, or before the pointer has moved, it stays": async (t) => {
    t.equal((await rested(100, 250)).told, 0);
    t.equal((await rested(null, 250)).told, 0);
  },

  "an edge is where others lie over it": async (t) => {
    t.ok((await rested(100, 250, "90px")).by < 0);
  },
};
