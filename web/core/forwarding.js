// Media by the server, beside the mesh: what of it is needed, and what the server says about it.

import {Publication} from "./publication.js";
import {Routes} from "./routes.js";
import {Subscription} from "./subscription.js";
import {View} from "./view.js";

/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").ServerPath} ServerPath */

const PUBLISH_FACTS = new Set(["layers-wanted", "publish-again", "publish-lost"]);
const SUBSCRIBE_FACTS = new Set(["subscription-offered", "streams-changed", "subscription-lost"]);

export class Forwarding {
  /** @type {RTCConfiguration} */
  #configuration = {bundlePolicy: "max-bundle"};

  /**
   * @param {{
   *   local: import("./peer.js").LocalMedia, clock: import("./clock.js").Clock, mesh: import("./mesh.js").Mesh,
   *   request: import("./publish-session.js").Request, maySignal: () => boolean, hasMedia: () => boolean,
   *   hasEffects?: () => boolean, hasPicture?: () => boolean, onOwnPicture?: (stream: MediaStream | null) => void,
   *   onShown: (id: string, shown: import("./routes.js").Shown | null) => void,
   *   onServerPath: (path: ServerPath) => void, onLoudest: (id: string | null) => void,
   * }} options `request` rejects with a Refusal; `maySignal`: whether the server would hear it;
   *   `onOwnPicture`: what the server makes of our camera comes back in this stream
   */
  constructor({onShown, onServerPath, onLoudest, onOwnPicture = () => undefined, ...parts}) {
    const {local, clock, mesh, request, maySignal} = parts;
    this.#onServerPath = onServerPath;
    this.#onLoudest = onLoudest;
    this.#onOwnPicture = onOwnPicture;
    const connect = () => new RTCPeerConnection(this.#configuration);
    const onChange = () => this.#changed();
    this.#view = new View({clock, tell: (tiles) => request("set-view", {tiles})});
    this.publication = new Publication({local, clock, connect, request, maySignal, onChange});
    this.subscription = new Subscription({
      clock,
      connect,
      request,
      maySignal,
      onSubscribed: () => this.#view.open(),
      onChange,
    });
    this.routes = new Routes({
      clock,
      mesh,
      publication: this.publication,
      subscription: this.subscription,
      isVisible: (id) => this.#view.shows(id),
      hasMedia: parts.hasMedia,
      hasEffects: parts.hasEffects,
      hasPicture: parts.hasPicture,
      tell: (id, route) => request("path-taken", {participant_id: id, route}),
      onShown,
    });
  }
  #onServerPath;
  #onLoudest;
  #onOwnPicture;
  /** @type {MediaStream | null} */
  #ownPicture = null;
  #view;
  /** @type {ServerPath} */
  #path = "idle";

  /**
   * @param {string} name
   * @param {any} data
   * @returns {boolean} false when this fact is about something else
   */
  receive(name, data) {
    if (PUBLISH_FACTS.has(name)) this.publication.receive(name, data);
    else if (SUBSCRIBE_FACTS.has(name)) this.subscription.receive(name, data);
    else if (name === "path-taken") this.routes.taken(data.participant_id, data.route);
    else if (name === "speaker-changed") this.#onLoudest(data.participant_id);
    else return false;
    return true;
  }

  /** ICE servers for connections to come. @param {RTCConfiguration} change */
  configure(change) {
    this.#configuration = {...this.#configuration, ...change};
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(source, track) {
    await this.publication.setTrack(source, track);
    this.routes.changed();
  }

  /** @param {import("./types.js").TileSize[]} tiles */
  show(tiles) {
    this.#view.show(tiles);
    this.routes.changed();
  }

  signallingBack() {
    this.publication.signallingBack();
    this.subscription.signallingBack();
  }

  networkChanged() {
    void this.publication.networkChanged();
    void this.subscription.networkChanged();
  }

  /** What the server makes of our camera, as it comes back. */
  get ownPicture() {
    return this.#ownPicture;
  }

  close() {
    this.routes.close();
    this.publication.close();
    this.subscription.close();
    this.#view.close();
    this.#changed();
  }

  #changed() {
    this.routes.changed();
    if (!this.subscription.isWanted) this.#view.close();
    this.#lookForOwnPicture();
    const path = this.#pathNow();
    if (path === this.#path) return;
    this.#path = path;
    this.#onServerPath(path);
  }

  #lookForOwnPicture() {
    const stream = this.subscription.newestStream(this.routes.self);
    if (stream === this.#ownPicture) return;
    this.#ownPicture = stream;
    this.#onOwnPicture(stream);
  }

  /** @returns {ServerPath} */
  #pathNow() {
    const ways = [this.publication, this.subscription].filter(({isWanted}) => isWanted);
    if (ways.length === 0) return "idle";
    if (ways.some(({blocked}) => blocked)) return "blocked";
    if (ways.some(({refused}) => refused)) return "refused";
    const waits = ways.some(({connection}) => connection !== null && connection.connectionState !== "connected");
    return waits ? "connecting" : "connected";
  }
}
