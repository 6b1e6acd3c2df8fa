// A frame of our own camera, small enough to try filters on; without a camera, a picture that comes with the page.

/** @typedef {import("../core/card-previews.js").Frame} Frame */

/** As the cards are cut: what a filter writes at an edge is seen there. Even sides: some filters halve them. */
const WIDTH = 160;
const HEIGHT = 120;
const QUALITY = 0.7;
const SAMPLE = "/static/assets/take-camera.jpg";

export class OwnFrame {
  #video = document.createElement("video");
  #canvas = document.createElement("canvas");
  #sample = new Image();

  constructor() {
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#sample.src = SAMPLE;
  }

  /** @param {MediaStream | null} stream ours; null while the camera is off */
  follow(stream) {
    if (this.#video.srcObject === stream) return;
    this.#video.srcObject = stream;
    if (stream) this.#video.play().catch(() => undefined); // another stream came: that one plays itself
  }

  /** @returns {Frame | null} null while there is nothing to see yet */
  grab() {
    const {videoWidth: width, videoHeight: height, srcObject} = this.#video;
    if (srcObject) return width > 0 ? {data: this.#draw(this.#video, width, height), still: false} : null;
    const {naturalWidth, naturalHeight, complete} = this.#sample;
    if (!complete || naturalWidth === 0) return null;
    return {data: this.#draw(this.#sample, naturalWidth, naturalHeight), still: true};
  }

  stop() {
    this.#video.srcObject = null;
  }

  /**
   * @param {CanvasImageSource} source
   * @param {number} width
   * @param {number} height
   * @returns {string} base64
   */
  #draw(source, width, height) {
    const scale = Math.max(WIDTH / width, HEIGHT / height);
    const [wide, high] = [WIDTH / scale, HEIGHT / scale];
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    const middle = /** @type {const} */ ([(width - wide) / 2, (height - high) / 2, wide, high]);
    this.#canvas.getContext("2d")?.drawImage(source, ...middle, 0, 0, WIDTH, HEIGHT);
    return this.#canvas.toDataURL("image/jpeg", QUALITY).replace(/^.*,/, "");
  }
}
