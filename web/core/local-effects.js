// What the browser itself makes of our microphone and camera before anybody gets them, for rooms without a server's
// effects. A background that is to be hidden is never sent bare: while the hiding starts, or when it fails, no picture
// goes out.

/** @typedef {import("./types.js").LocalState} LocalState */
/** @typedef {import("./types.js").Source} Source */
/** What was made of a track. @typedef {{track: MediaStreamTrack, stop: () => void}} Made */
/** Rejects when this browser cannot. @typedef {(track: MediaStreamTrack) => Promise<Made>} Make */
/** @typedef {{raw: MediaStreamTrack | null, wanted: boolean, made: Made | null, state: LocalState, turn: number}} Line */

export class LocalEffects {
  /** @type {Record<Source, Line>} */
  #lines = {microphone: line(), camera: line()};
  /** @type {MediaStream | null} */
  #stream = null;

  /**
   * @param {{
   *   make: Record<Source, Make>, deliver: (source: Source, track: MediaStreamTrack | null) => Promise<void>,
   *   onState: (source: Source, state: LocalState) => void,
   * }} options `deliver`: everybody gets this from now on
   */
  constructor({make, deliver, onState}) {
    this.#make = make;
    this.#deliver = deliver;
    this.#onState = onState;
  }
  #make;
  #deliver;
  #onState;

  /** Whether a source goes out as the device gives it. @param {Source} source */
  isBare(source) {
    const {raw, wanted} = this.#lines[source];
    return !wanted || raw === null;
  }

  /** The picture that is made here; null while there is none. */
  get stream() {
    return this.#stream;
  }

  /** What goes out of a source now. @param {Source} source @returns {MediaStreamTrack | null} */
  track(source) {
    const {raw, made} = this.#lines[source];
    if (this.isBare(source)) return raw;
    return made?.track ?? (source === "camera" ? null : raw);
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} raw as the device gives it
   */
  async setTrack(source, raw) {
    const line = this.#lines[source];
    if (line.raw === raw) return this.#deliver(source, this.track(source));
    line.raw = raw;
    return this.#renew(source);
  }

  /** @param {Source} source @param {boolean} wanted */
  async want(source, wanted) {
    if (this.#lines[source].wanted === wanted) return;
    this.#lines[source].wanted = wanted;
    await this.#renew(source);
  }

  /** @param {Source} source */
  async #renew(source) {
    const line = this.#lines[source];
    line.turn += 1;
    line.made?.stop();
    line.made = null;
    if (source === "camera") this.#stream = null;
    const {raw, turn} = line;
    const needed = line.wanted && raw !== null;
    this.#say(source, !line.wanted ? "off" : needed ? "starting" : "on");
    // The maker is not waited for here: whoever switches a camera must not wait for a model to load.
    if (needed) void this.#start(source, raw, turn);
    await this.#deliver(source, this.track(source));
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack} raw
   * @param {number} turn
   */
  async #start(source, raw, turn) {
    const line = this.#lines[source];
    try {
      const made = await this.#make[source](raw);
      if (line.turn !== turn) return made.stop();
      line.made = made;
      if (source === "camera") this.#stream = new MediaStream([made.track]);
      this.#say(source, "on");
      await this.#deliver(source, made.track);
    } catch (error) {
      if (line.turn !== turn) return;
      console.warn("a local effect does not start", error);
      this.#say(source, "failed");
    }
  }

  /** @param {Source} source @param {LocalState} state */
  #say(source, state) {
    const line = this.#lines[source];
    if (line.state === state) return;
    line.state = state;
    this.#onState(source, state);
  }
}

/** @returns {Line} */
const line = () => ({raw: null, wanted: false, made: null, state: "off", turn: 0});
