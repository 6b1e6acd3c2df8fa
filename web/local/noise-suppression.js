// Takes noise out of a microphone, in this browser: RNNoise in an audio worklet.

/** @typedef {import("../core/local-effects.js").Made} Made */

const HOME = "/static/vendor/local/";
const PROCESSOR = "@sapphi-red/web-noise-suppressor/rnnoise";
/** RNNoise knows no other. */
const SAMPLE_RATE = 48_000;

/**
 * @param {MediaStreamTrack} raw a microphone
 * @returns {Promise<Made>}
 */
export const suppressNoise = async (raw) => {
  const context = new AudioContext({sampleRate: SAMPLE_RATE, latencyHint: "interactive"});
  try {
    const [answer] = await Promise.all([
      fetch(`${HOME}rnnoise_simd.wasm`),
      context.audioWorklet.addModule(`${HOME}rnnoise-worklet.js`),
    ]);
    if (!answer.ok) throw new Error("The noise suppression did not load.");
    const options = {maxChannels: 1, wasmBinary: await answer.arrayBuffer()};
    const node = new AudioWorkletNode(context, PROCESSOR, {
      processorOptions: options,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    const out = context.createMediaStreamDestination();
    context.createMediaStreamSource(new MediaStream([raw])).connect(node).connect(out);
    await context.resume();
    const [track] = out.stream.getAudioTracks();
    if (!track) throw new Error("The browser gives no track.");
    const stop = () => {
      node.port.postMessage("destroy");
      track.stop();
      void context.close();
    };
    return {track, stop};
  } catch (error) {
    void context.close();
    throw error;
  }
};
