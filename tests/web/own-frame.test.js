import {OwnFrame} from "../../web/ui/own-frame.js";

const WITHIN_MS = 5000;

/** A camera with a red middle and blue sides. @param {number} width @param {number} height */
const camera = (width, height) => {
  const canvas = Object.assign(document.createElement("canvas"), {width, height});
  const context = canvas.getContext("2d");
  const timer = setInterval(() => {
    context.fillStyle = "#00f";
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#f00";
    const side = Math.min(width, height);
    context.fillRect((width - (side * 4) / 3) / 2, (height - side) / 2, (side * 4) / 3, side);
  }, 30);
  return {stream: canvas.captureStream(), stop: () => clearInterval(timer)};
};

/** @param {OwnFrame} frame */
const grabbed = async (frame) => {
  const signal = AbortSignal.timeout(WITHIN_MS);
  for (;;) {
    const got = frame.grab();
    if (got) return got;
    signal.throwIfAborted();
    await new Promise((done) => requestAnimationFrame(done));
  }
};

export default {
  "of a wide camera the middle is tried, cut as the cards are": async (t) => {
    const {stream, stop} = camera(640, 360);
    const frame = new OwnFrame();
    frame.follow(stream);
    const {data, still} = await grabbed(frame);
    frame.stop();
    stop();
    const image = new Image();
    image.src = `data:image/jpeg;base64,${data}`;
    await image.decode();
    t.equal([image.naturalWidth, image.naturalHeight, still], [160, 120, false]);
    const canvas = Object.assign(document.createElement("canvas"), {width: 160, height: 120});
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    for (const x of [2, 157]) {
      const [red, , blue] = context.getImageData(x, 60, 1, 1).data;
      t.ok(red > 150 && blue < 100, `at ${x}: ${red} ${blue}`);
    }
  },
};
