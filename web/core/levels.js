// How loud everyone is: 30 times a second, from 0 to 1, and whether that is speech.

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {(level: number) => void} LevelListener */

const TICK_MS = 33;
const ATTACK_MS = 40;
const RELEASE_MS = 200;
const SILENCE_DB = -60;
const LOUD_DB = -12;
const VOICE_LEVEL = 0.3;
const VOICE_ON_MS = 120;
const VOICE_OFF_MS = 800;

/**
 * @param {number} amplitude root mean square, 0 to 1
 * @returns {number} 0 at -60 dB and below, 1 at -12 dB and above
 */
export const loudness = (amplitude) => {
  if (amplitude <= 0) return 0;
  const db = 20 * Math.log10(amplitude);
  return Math.min(1, Math.max(0, (db - SILENCE_DB) / (LOUD_DB - SILENCE_DB)));
};

/**
 * @param {number} before
 * @param {number} now
 * @param {number} elapsedMs
 */
export const smooth = (before, now, elapsedMs) =>
  before + (now - before) * (1 - Math.exp(-elapsedMs / (now > before ? ATTACK_MS : RELEASE_MS)));

/** Speaks after 120 ms of voice, and until 800 ms without: a cough is no speech, a breath is no silence. */
export class VoiceDetector {
  speaking = false;
  /** @type {number | null} */
  #since = null;
  #lastVoice = 0;

  /**
   * @param {number} level
   * @param {number} at milliseconds
   */
  update(level, at) {
    if (level >= VOICE_LEVEL) {
      this.#since ??= at;
      this.#lastVoice = at;
      if (at - this.#since >= VOICE_ON_MS) this.speaking = true;
    } else {
      this.#since = null;
      if (at - this.#lastVoice >= VOICE_OFF_MS) this.speaking = false;
    }
    return this.speaking;
  }
}

/** @typedef {{level: number, voice: VoiceDetector, speaking: boolean}} Meter */

export class Levels {
  /** @type {Map<string, Set<LevelListener>>} */
  #listeners = new Map();
  /** @type {Map<string, Meter>} */
  #meters = new Map();
  /** @type {(() => void) | null} */
  #cancel = null;
  #lastTick = 0;

  /**
   * @param {{
   *   clock: Clock, read: () => Iterable<[string, number]>, onSpeaking: (who: string, speaking: boolean) => void,
   * }} options `read` answers with the amplitude of everyone who can be heard
   */
  constructor({clock, read, onSpeaking}) {
    this.#clock = clock;
    this.#read = read;
    this.#onSpeaking = onSpeaking;
  }
  #clock;
  #read;
  #onSpeaking;

  start() {
    if (this.#cancel) return;
    this.#lastTick = this.#clock.now();
    this.#schedule();
  }

  stop() {
    this.#cancel?.();
    this.#cancel = null;
    this.#meters.clear();
  }

  /**
   * @param {string} who
   * @param {LevelListener} listener
   */
  on(who, listener) {
    const listeners = this.#listeners.get(who) ?? new Set();
    this.#listeners.set(who, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(who) === listeners) this.#listeners.delete(who);
    };
  }

  #schedule() {
    this.#cancel = this.#clock.after(TICK_MS, () => {
      this.#schedule();
      this.#tick();
    });
  }

  #tick() {
    const now = this.#clock.now();
    const elapsedMs = now - this.#lastTick;
    this.#lastTick = now;
    const heard = new Map(this.#read());
    for (const who of this.#meters.keys()) if (!heard.has(who)) heard.set(who, 0);
    for (const [who, amplitude] of heard) this.#measure(who, loudness(amplitude), now, elapsedMs);
  }

  /**
   * @param {string} who
   * @param {number} level
   * @param {number} now
   * @param {number} elapsedMs
   */
  #measure(who, level, now, elapsedMs) {
    const meter = this.#meters.get(who) ?? {level: 0, voice: new VoiceDetector(), speaking: false};
    this.#meters.set(who, meter);
    meter.level = smooth(meter.level, level, elapsedMs);
    for (const listener of this.#listeners.get(who) ?? []) listener(meter.level);
    const speaking = meter.voice.update(level, now);
    if (speaking === meter.speaking) return;
    meter.speaking = speaking;
    this.#onSpeaking(who, speaking);
  }
}
