// One of our two devices: which one is open, and the track that everyone gets from it.
//
// Wishes come at any time; one loop carries them out one after the other. A wish that came later wins: a track that
// nobody wants any more is stopped without having been sent.

/** @typedef {import("./types.js").DeviceProblem} DeviceProblem */
/** @typedef {import("./types.js").DeviceState} DeviceState */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {{active: boolean, on: boolean, deviceId: string}} Wish */

export class Capture {
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {Wish} */
  #wish = {active: false, on: true, deviceId: ""};
  /** @type {DeviceProblem | null} */
  #problem = null;
  /** @type {Promise<void> | null} */
  #loop = null;
  #settled = true;

  /**
   * @param {{
   *   source: Source,
   *   acquire: (deviceId: string, options: {orAny: boolean}) => Promise<MediaStreamTrack>,
   *   deliver: (track: MediaStreamTrack | null) => Promise<void>,
   *   onChange: (change: Partial<DeviceState>) => void,
   *   onNotice: (notice: "switched" | "kept" | "gone", label: string) => void,
   *   onProblem: () => void,
   *   problemOf: (error: unknown) => DeviceProblem,
   * }} options `acquire` with `orAny` takes another device when this one is gone; `deliver` puts the track in place of
   *   the one before, everywhere; `onProblem`: it was tried, and there is nothing to send.
   */
  constructor({source, acquire, deliver, onChange, onNotice, onProblem, problemOf}) {
    this.#source = source;
    this.#acquire = acquire;
    this.#deliver = deliver;
    this.#onChange = onChange;
    this.#onNotice = onNotice;
    this.#onProblem = onProblem;
    this.#problemOf = problemOf;
  }
  #source;
  #acquire;
  #deliver;
  #onChange;
  #onNotice;
  #onProblem;
  #problemOf;

  get track() {
    return this.#track;
  }

  get wanted() {
    return this.#wish.on;
  }

  get problem() {
    return this.#problem;
  }

  /** @param {Partial<Wish>} change @returns {Promise<void>} settles when no wish is open */
  wish(change) {
    this.#wish = {...this.#wish, ...change};
    this.#settled = false;
    // Silence does not wait for a device that is being opened.
    if (this.#track) this.#track.enabled = this.#wish.on;
    this.#report({});
    this.#loop ??= this.#run();
    return this.#loop;
  }

  async #run() {
    try {
      while (!this.#settled) {
        this.#settled = true;
        await this.#carryOut();
      }
    } finally {
      this.#loop = null;
    }
  }

  get #needed() {
    // A muted microphone stays open, so that the meter and unmuting need no device; a camera that is off is closed.
    return this.#wish.active && (this.#wish.on || this.#source === "microphone");
  }

  async #carryOut() {
    if (!this.#needed) {
      await this.#close();
      return;
    }
    const {deviceId, on} = this.#wish;
    // Switching off what does not work is no reason to ask for it again.
    if (!this.#track && this.#problem && !on) return;
    if (this.#track && (deviceId === "" || deviceId === idOf(this.#track))) return;
    await this.#open(deviceId);
  }

  /** @param {string} deviceId */
  async #open(deviceId) {
    this.#report({pending: true});
    const isWanted = () => this.#needed && this.#wish.deviceId === deviceId;
    try {
      const track = await this.#acquire(deviceId, {orAny: this.#track === null});
      if (isWanted()) await this.#replace(track);
      else track.stop();
    } catch (error) {
      if (isWanted()) this.#failed(error);
    }
    this.#report({pending: false});
  }

  /** @param {MediaStreamTrack} track */
  async #replace(track) {
    const before = this.#track;
    track.enabled = this.#wish.on;
    track.onended = () => this.#ended(track);
    // Ours before it is delivered: a peer that is being made meanwhile takes what is here.
    this.#track = track;
    try {
      await this.#deliver(track);
    } catch (error) {
      stop(track);
      this.#track = before?.readyState === "live" ? before : null;
      await this.#deliver(this.#track);
      throw error;
    }
    if (before) stop(before);
    if (this.#track !== track) return;
    this.#wish.deviceId = this.#wish.deviceId && idOf(track);
    this.#problem = null;
    this.#report({deviceId: idOf(track)});
  }

  /** @param {unknown} error */
  #failed(error) {
    if (this.#track) {
      this.#wish.deviceId = idOf(this.#track);
      this.#report({deviceId: idOf(this.#track)});
      this.#onNotice("kept", this.#track.label);
    } else {
      this.#problem = this.#problemOf(error);
      this.#report({});
      this.#onProblem();
    }
  }

  /**
   * The device was unplugged or taken away.
   * @param {MediaStreamTrack} track
   */
  async #ended(track) {
    if (track !== this.#track) return;
    this.#track = null;
    this.#report({deviceId: ""});
    await this.wish({deviceId: ""});
    const now = /** @type {MediaStreamTrack | null} */ (this.#track);
    if (now) {
      this.#onNotice("switched", now.label);
    } else if (this.#needed) {
      this.#onNotice("gone", track.label);
      await this.#deliver(null);
    }
  }

  async #close() {
    const before = this.#track;
    this.#track = null;
    if (!before) return;
    this.#problem = null;
    this.#report({});
    // First the light goes out, whatever the others make of it.
    stop(before);
    await this.#deliver(null);
  }

  /** @param {Partial<DeviceState>} change */
  #report(change) {
    const live = this.#track !== null && this.#wish.on;
    this.#onChange({wanted: this.#wish.on, live, problem: this.#problem, ...change});
  }
}

/** @param {MediaStreamTrack} track */
const idOf = (track) => track.getSettings().deviceId ?? "";

/** @param {MediaStreamTrack} track */
const stop = (track) => {
  track.onended = null;
  track.stop();
};
