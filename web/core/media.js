// Our microphone and camera: asking for them, the lists of devices, and what this browser remembers of them.

import {Capture} from "./capture.js";

/** @typedef {import("./types.js").DeviceProblem} DeviceProblem */
/** @typedef {import("./types.js").DeviceState} DeviceState */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").State} State */
/** @typedef {Pick<MediaDevices, "getUserMedia" | "enumerateDevices" | "addEventListener">} Devices */

const CONSTRAINTS = {
  microphone: {echoCancellation: true, noiseSuppression: true, autoGainControl: true},
  camera: {width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30}},
};
const KINDS = /** @type {const} */ ({microphone: "audio", camera: "video"});
const SOURCES = /** @type {Source[]} */ (["microphone", "camera"]);
const REMEMBERED = "greenroom.devices";

export class Media {
  /** Names our media to the peers and stays the same, whatever tracks are in it. */
  stream = new MediaStream();
  /** One prompt for both: what the first request for each device waits for. @type {Promise<MediaStream> | null} */
  #both = null;
  #speakerId = "";
  #active = false;

  /**
   * @param {{
   *   devices: Devices | undefined, permissions: Pick<Permissions, "query"> | undefined,
   *   storage: import("./storage.js").Keeper,
   *   deliver: (source: Source, track: MediaStreamTrack | null) => Promise<void>,
   *   onDevice: (source: Source, change: Partial<DeviceState>) => void,
   *   onDevices: (devices: State["devices"]) => void,
   *   onSpeaker: (deviceId: string) => void,
   *   onNotice: (source: Source, notice: "switched" | "kept" | "gone", label: string) => void,
   *   onProblem: (source: Source) => void,
   * }} options `devices` is undefined where the browser gives none: on a page that is not secure.
   */
  constructor({devices, permissions, storage, deliver, onDevice, onDevices, onSpeaker, onNotice, onProblem}) {
    this.#devices = devices;
    this.#permissions = permissions;
    this.#storage = storage;
    this.#deliver = deliver;
    this.#onDevice = onDevice;
    this.#onDevices = onDevices;
    this.#onSpeaker = onSpeaker;
    this.#onNotice = onNotice;
    this.#onProblem = onProblem;
    this.#captures = {microphone: this.#capture("microphone"), camera: this.#capture("camera")};
    devices?.addEventListener("devicechange", () => void this.#devicesChanged());
    this.#speakerId = this.#remembered().speaker ?? "";
    this.#onSpeaker(this.#speakerId);
  }
  #devices;
  #permissions;
  #storage;
  #deliver;
  #onDevice;
  #onDevices;
  #onSpeaker;
  #onNotice;
  #onProblem;
  #captures;

  /**
   * Opens what is wanted. Both devices share one prompt; one that fails does not take the other with it.
   * @param {Partial<Record<Source, boolean>>} [wanted]
   */
  async start(wanted = {}) {
    if (this.#active) return;
    this.#active = true;
    const remembered = this.#remembered();
    const wishes = SOURCES.map((source) => ({
      source,
      wish: {active: true, on: wanted[source] ?? this.wanted(source), deviceId: remembered[source] ?? ""},
    }));
    if (this.#devices && wishes.every(({source, wish}) => wish.on || source === "microphone")) {
      const video = {...CONSTRAINTS.camera, ...exactly(remembered.camera ?? "")};
      const audio = {...CONSTRAINTS.microphone, ...exactly(remembered.microphone ?? "")};
      this.#both = this.#devices.getUserMedia({audio, video});
      this.#both.catch(() => undefined); // each device then asks for itself, and tells why it cannot
    }
    await Promise.all(wishes.map(({source, wish}) => this.#captures[source].wish(wish)));
    this.#both = null;
    await this.#refresh();
  }

  /** Closes both; the lights go out. What was wanted stays wanted. */
  async stop() {
    this.#active = false;
    await Promise.all(SOURCES.map((source) => this.#captures[source].wish({active: false})));
  }

  /** Tries again what has a problem. */
  async retry() {
    const troubled = SOURCES.filter((source) => this.#captures[source].problem !== null);
    await Promise.all(troubled.map((source) => this.#captures[source].wish({on: true})));
    await this.#refresh();
  }

  /** @param {Source} source @param {boolean} on */
  async want(source, on) {
    await this.#captures[source].wish({on});
    await this.#refresh();
  }

  /** @param {Source} source */
  wanted(source) {
    return this.#captures[source].wanted;
  }

  /** @param {Source} source */
  track(source) {
    return this.#captures[source].track;
  }

  /** @param {Source} source @param {string} deviceId */
  async choose(source, deviceId) {
    this.#remember({[source]: deviceId});
    await this.#captures[source].wish({deviceId});
    this.#remember({[source]: this.track(source)?.getSettings().deviceId ?? deviceId});
  }

  /** @param {string} deviceId */
  chooseSpeaker(deviceId) {
    this.#remember({speaker: deviceId});
    this.#speakerId = deviceId;
    this.#onSpeaker(deviceId);
  }

  /** @param {Source} source */
  #capture(source) {
    return new Capture({
      source,
      acquire: (deviceId, options) => this.#acquire(source, deviceId, options),
      deliver: (track) => this.#replace(source, track),
      onChange: (change) => this.#onDevice(source, change),
      onNotice: (notice, label) => this.#onNotice(source, notice, label),
      onProblem: () => this.#onProblem(source),
      problemOf: deviceProblem,
    });
  }

  /**
   * @param {Source} source
   * @param {string} deviceId
   * @param {{orAny: boolean}} options
   * @returns {Promise<MediaStreamTrack>}
   */
  async #acquire(source, deviceId, {orAny}) {
    const both = await this.#both?.catch((error) => this.#refused(source, error));
    const shared = both?.getTracks().find((track) => track.kind === KINDS[source] && track.readyState === "live");
    if (shared && (!deviceId || shared.getSettings().deviceId === deviceId)) return shared;
    try {
      return await this.#ask(source, deviceId);
    } catch (error) {
      if (orAny && deviceId && deviceProblem(error) === "missing") return this.#ask(source, "");
      throw error;
    }
  }

  /**
   * Without an answer to the prompt for both, each device may be asked for by itself, unless that would be the same
   * question again.
   * @param {Source} source
   * @param {unknown} error
   * @returns {Promise<null>}
   */
  async #refused(source, error) {
    if (deviceProblem(error) !== "blocked") return null;
    const [own, other] = await Promise.all([this.#permission(source), this.#permission(otherThan(source))]);
    // With the other one blocked before, the browser may have refused both without asking anybody.
    if (own === "denied" || (own === "prompt" && other !== "denied")) throw error;
    return null;
  }

  /** @param {Source} source @returns {Promise<PermissionState | null>} null where the browser does not tell */
  async #permission(source) {
    const name = /** @type {PermissionName} */ (source);
    const status = await this.#permissions?.query({name}).catch(() => null);
    return status?.state ?? null;
  }

  /**
   * @param {Source} source
   * @param {string} deviceId
   */
  async #ask(source, deviceId) {
    if (!this.#devices) throw new DOMException("This page is not secure.", "InsecureContextError");
    const constraints = {[KINDS[source]]: {...CONSTRAINTS[source], ...exactly(deviceId)}};
    const [track] = (await this.#devices.getUserMedia(constraints)).getTracks();
    if (!track) throw new DOMException("The browser gave no track.", "NotFoundError");
    return track;
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async #replace(source, track) {
    await this.#deliver(source, track);
    for (const old of this.stream.getTracks()) {
      if (old.kind === KINDS[source] && old !== track) this.stream.removeTrack(old);
    }
    if (track) this.stream.addTrack(track);
  }

  async #devicesChanged() {
    const lists = await this.#refresh();
    for (const source of SOURCES) {
      const found = lists[source === "microphone" ? "microphones" : "cameras"].length > 0;
      const {problem} = this.#captures[source];
      if (found && problem !== null && problem !== "blocked") await this.#captures[source].wish({});
    }
  }

  async #refresh() {
    const all = (await this.#devices?.enumerateDevices()) ?? [];
    /** @param {MediaDeviceKind} wanted */
    const list = (wanted) =>
      all
        .filter(({kind, deviceId}) => kind === wanted && deviceId !== "" && deviceId !== "communications")
        .map(({deviceId, label}) => ({deviceId, label}));
    const lists = {microphones: list("audioinput"), cameras: list("videoinput"), speakers: list("audiooutput")};
    this.#onDevices(lists);
    const gone = this.#speakerId && !lists.speakers.some(({deviceId}) => deviceId === this.#speakerId);
    if (gone && lists.speakers.length > 0) {
      this.#speakerId = "";
      this.#onSpeaker("");
    }
    return lists;
  }

  /** @returns {Partial<Record<Source | "speaker", string>>} */
  #remembered() {
    try {
      const read = JSON.parse(this.#storage.getItem(REMEMBERED) ?? "{}");
      return Object.fromEntries(Object.entries(read ?? {}).filter(([, value]) => typeof value === "string"));
    } catch {
      return {};
    }
  }

  /** @param {Partial<Record<Source | "speaker", string>>} change */
  #remember(change) {
    this.#storage.setItem(REMEMBERED, JSON.stringify({...this.#remembered(), ...change}));
  }
}

/** @param {Source} source @returns {Source} */
const otherThan = (source) => (source === "camera" ? "microphone" : "camera");

/** @param {string} deviceId */
const exactly = (deviceId) => (deviceId ? {deviceId: {exact: deviceId}} : {});

/** @type {Record<string, DeviceProblem>} */
const PROBLEMS = {
  InsecureContextError: "insecure",
  NotAllowedError: "blocked",
  SecurityError: "blocked",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/**
 * @param {unknown} error
 * @returns {DeviceProblem}
 */
export const deviceProblem = (error) => {
  // OverconstrainedError is no DOMException everywhere.
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  return PROBLEMS[name] ?? "failed";
};
