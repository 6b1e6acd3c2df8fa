// Tells the server which tracks we have and whether they are muted, until it knows what is true.

/** @typedef {import("./types.js").DeviceState} DeviceState */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Track} Track */

const SOURCES = /** @type {Source[]} */ (["microphone", "camera"]);

/** While this browser hides our background, or tries to, there is no picture. */
const NO_PICTURE = new Set(["starting", "failed"]);

/**
 * Our devices as the others are told of them: a camera of which they get nothing is off.
 * @param {import("./types.js").State} state
 * @returns {Record<Source, DeviceState>}
 */
export const devicesOf = ({microphone, camera, effects, local}) => {
  const none = camera.live && (effects.held || NO_PICTURE.has(local.camera));
  return {microphone, camera: none ? {...camera, live: false, problem: null} : camera};
};

/**
 * Whether a device is a track of ours for the others, and muted; null when we have no such device.
 * @param {DeviceState} device
 * @returns {{muted: boolean} | null}
 */
const published = ({live, problem}) => (problem && !live ? null : {muted: !live});

/**
 * @param {Record<Source, DeviceState>} devices
 * @returns {{source: Source, muted: boolean}[]}
 */
export const tracksOf = (devices) =>
  SOURCES.flatMap((source) => {
    const track = published(devices[source]);
    return track ? [{source, ...track}] : [];
  });

export class Publisher {
  /** What the server heard last; undefined when it has no such track. @type {Map<Source, boolean>} */
  #told = new Map();
  #telling = false;

  /**
   * @param {{
   *   devices: () => Record<Source, DeviceState>,
   *   request: (name: "set-track" | "remove-track", data: object) => Promise<unknown>,
   * }} options
   */
  constructor({devices, request}) {
    this.#devices = devices;
    this.#request = request;
  }
  #devices;
  #request;

  /** @param {Track[]} tracks our own, as the server has them */
  entered(tracks) {
    this.#told = new Map(tracks.map(({source, muted}) => [source, muted]));
    return this.update();
  }

  /** Says what changed. While one change is on its way, only the last of those that follow is said. */
  async update() {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let change = this.#change(); change; change = this.#change()) await this.#tell(change);
    } catch {
      // The connection is lost, or the room is: on coming back, entered() compares again.
    } finally {
      this.#telling = false;
    }
  }

  /** @returns {{source: Source, muted: boolean | undefined} | undefined} */
  #change() {
    return SOURCES.map((source) => ({source, muted: published(this.#devices()[source])?.muted})).find(
      ({source, muted}) => this.#told.get(source) !== muted,
    );
  }

  /** @param {{source: Source, muted: boolean | undefined}} change */
  async #tell({source, muted}) {
    if (muted === undefined) {
      await this.#request("remove-track", {source});
      this.#told.delete(source);
    } else {
      await this.#request("set-track", {source, muted});
      this.#told.set(source, muted);
    }
  }
}
