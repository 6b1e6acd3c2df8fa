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
/** The background is drawn this much smaller, and large again: blurred, and nothing of it can be read. */
const COARSE = 24;

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
    this.#coarse.width = Math.max(2, Math.round(width / COARSE));
    this.#coarse.height = Math.max(2, Math.round(height / COARSE));
    this.#coarse.getContext("2d")?.drawImage(image, 0, 0, this.#coarse.width, this.#coarse.height);
    context.imageSmoothingQuality = "high";
    context.globalCompositeOperation = "copy";
    context.drawImage(mask, 0, 0, width, height);
    context.globalCompositeOperation = "source-in";
    context.drawImage(image, 0, 0, width, height);
    context.globalCompositeOperation = "destination-over";
    context.drawImage(this.#coarse, 0, 0, width, height);
  }
}
