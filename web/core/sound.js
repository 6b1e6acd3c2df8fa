// Sound through WebAudio: how loud our microphone is, and the test sound.

const SAMPLES = 1024;
const NOTES_HZ = [523.25, 783.99];
const NOTE_S = 0.35;
const GAIN = 0.12;

export class OwnLevel {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {AnalyserNode | null} */
  #analyser = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  #samples = new Float32Array(SAMPLES);

  /** @param {MediaStreamTrack | null} track the microphone, whichever is open now */
  listen(track) {
    if (track === this.#track) return;
    this.#source?.disconnect();
    this.#source = null;
    this.#track = track;
    if (!track) return;
    const {context, analyser} = this.#open();
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(analyser);
  }

  /** @returns {number} amplitude, 0 to 1 */
  read() {
    if (!this.#analyser || !this.#track?.enabled) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.sqrt(sum / SAMPLES);
  }

  /** Called when the person touched the page: now the browser allows it. */
  async resume() {
    const {context} = this.#open();
    if (context.state !== "running") await context.resume();
  }

  #open() {
    if (this.#context && this.#analyser) return {context: this.#context, analyser: this.#analyser};
    const context = new AudioContext({latencyHint: "interactive"});
    const analyser = context.createAnalyser();
    analyser.fftSize = SAMPLES;
    this.#context = context;
    this.#analyser = analyser;
    return {context, analyser};
  }
}

/**
 * Two soft notes on the chosen speaker.
 * @param {string} speakerId
 */
export const playTestSound = async (speakerId) => {
  const context = new AudioContext();
  try {
    // Not every browser lets a context choose; the default speaker is better than silence.
    if (speakerId && "setSinkId" in context) {
      await /** @type {any} */ (context).setSinkId(speakerId).catch(() => undefined);
    }
    const ended = NOTES_HZ.map((frequency, n) => playNote(context, frequency, context.currentTime + n * NOTE_S * 0.7));
    await Promise.all(ended);
  } finally {
    await context.close();
  }
};

/**
 * @param {AudioContext} context
 * @param {number} frequency
 * @param {number} startS
 * @returns {Promise<void>} settles when the note has faded
 */
const playNote = (context, frequency, startS) => {
  const note = new OscillatorNode(context, {frequency});
  const gain = new GainNode(context, {gain: 0});
  gain.gain.setValueAtTime(0, startS);
  gain.gain.linearRampToValueAtTime(GAIN, startS + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, startS + NOTE_S);
  note.connect(gain).connect(context.destination);
  note.start(startS);
  note.stop(startS + NOTE_S);
  return new Promise((resolve) => {
    note.onended = () => resolve();
  });
};
