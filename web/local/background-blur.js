// Blurs what is behind people, in this browser: MediaPipe's selfie segmentation on the GPU, then two layers on a canvas.

/** @typedef {import("../core/local-effects.js").Made} Made */
/** @typedef {{image: CanvasImageSource, segmentationMask: CanvasImageSource}} Found */
/**
 * @typedef {{
 *   setOptions: (options: object) => void, onResults: (listener: (found: Found) => void) => void,
 *   initialize: () => Promise<void>, send: (input: {image: HTMLVideoElement}) => Promise<void>,
 * }} Segmenter
 */

const HOME = "/static/vendor/local/";
const LANDSCAPE = 1;
const FRAME_MS = 33;
const LONGEST_SIDE = 1280;
/** The background is blurred this much smaller; where the browser has no such filter, small enough to hide by itself. */
const SMALLER = {filtered: 8, bare: 24};
const FILTER = "blur(4px)";

/** It loads once, and is used for one track at a time. @type {Promise<Segmenter> | null} */
let loading = null;

const loadSegmenter = () => {
  loading ??= load();
  loading.catch(() => {
    loading = null; // to be tried again
  });
  return loading;
};

/** @returns {Promise<Segmenter>} */
const load = async () => {
  await new Promise((resolve, reject) => {
    const script = document.createElement("script"); // no module: it puts itself on the window
    script.src = `${HOME}selfie_segmentation.js`;
    script.onload = resolve;
    script.onerror = () => reject(new Error("The segmentation did not load."));
    document.head.append(script);
  });
  const {SelfieSegmentation} = /** @type {any} */ (globalThis);
  const segmenter = new SelfieSegmentation({locateFile: (/** @type {string} */ file) => HOME + file});
  segmenter.setOptions({modelSelection: LANDSCAPE, selfieMode: false});
  await segmenter.initialize();
  return segmenter;
};

/**
 * @param {MediaStreamTrack} raw a camera
 * @returns {Promise<Made>} settles with the first blurred frame
 */
export const blurBackground = async (raw) => {
  const segmenter = await loadSegmenter();
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([raw]);
  await video.play();
  const layers = new Layers();
  let stopped = false;
  const step = async () => {
    const began = performance.now();
    await segment(segmenter, video, layers);
    const restMs = Math.max(0, FRAME_MS - (performance.now() - began));
    if (!stopped) setTimeout(() => void step().catch((error) => console.debug("no frame", error)), restMs);
  };
  const stop = () => {
    stopped = true;
    video.srcObject = null;
    for (const track of made.getTracks()) track.stop();
  };
  const made = layers.canvas.captureStream();
  try {
    await step();
  } catch (error) {
    stop();
    throw error;
  }
  const [track] = made.getVideoTracks();
  if (!track) throw new Error("The canvas gives no track.");
  track.contentHint = "motion";
  return {track, stop};
};

/**
 * @param {Segmenter} segmenter
 * @param {HTMLVideoElement} video
 * @param {Layers} layers
 */
const segment = async (segmenter, video, layers) => {
  if (video.videoWidth === 0) return;
  segmenter.onResults(({image, segmentationMask}) => layers.draw(image, segmentationMask, video));
  await segmenter.send({image: video});
};

class Layers {
  canvas = document.createElement("canvas");
  #context = this.canvas.getContext("2d");
  #coarse = document.createElement("canvas");
  #coarseContext = this.#coarse.getContext("2d");
  #smaller = this.#coarseContext && "filter" in this.#coarseContext ? SMALLER.filtered : SMALLER.bare;

  /**
   * @param {CanvasImageSource} image
   * @param {CanvasImageSource} mask opaque where people are
   * @param {{videoWidth: number, videoHeight: number}} size
   */
  draw(image, mask, {videoWidth, videoHeight}) {
    const context = this.#context;
    if (!context) return;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight));
    const width = 2 * Math.round((videoWidth * scale) / 2);
    const height = 2 * Math.round((videoHeight * scale) / 2);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, {width, height});
    this.#blur(image, Math.max(2, Math.round(width / this.#smaller)), Math.max(2, Math.round(height / this.#smaller)));
    context.imageSmoothingQuality = "high";
    context.globalCompositeOperation = "copy";
    context.drawImage(mask, 0, 0, width, height);
    context.globalCompositeOperation = "source-in";
    context.drawImage(image, 0, 0, width, height);
    context.globalCompositeOperation = "destination-over";
    context.drawImage(this.#coarse, 0, 0, width, height);
  }

  /**
   * @param {CanvasImageSource} image
   * @param {number} width
   * @param {number} height
   */
  #blur(image, width, height) {
    const context = this.#coarseContext;
    if (!context) return;
    if (this.#coarse.width !== width || this.#coarse.height !== height) Object.assign(this.#coarse, {width, height});
    context.filter = FILTER;
    // A little too large: a blur mixes what lies beyond the edge, which is nothing.
    context.drawImage(image, -width / 16, -height / 16, width * 1.125, height * 1.125);
  }
}
