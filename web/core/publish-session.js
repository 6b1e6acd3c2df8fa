// One peer connection to the server that sends our microphone and camera. We offer, the server answers; it never
// sends. Our candidates stay here: the server learns where we are from our checks.

import {newId} from "./ids.js";
import {withoutCandidates} from "./sdp.js";
import {cameraEncodings, microphoneEncodings, sendLayers} from "./simulcast.js";

/** @typedef {import("./peer.js").LocalMedia} LocalMedia */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {(name: string, data: object) => Promise<any>} Request */

export class PublishSession {
  id = newId();
  /** @type {Promise<void>} */
  #chain = Promise.resolve();
  #closed = false;

  /**
   * @param {{
   *   connection: RTCPeerConnection, local: LocalMedia, request: Request,
   *   onState: (state: RTCPeerConnectionState) => void, onFailed: (error: unknown) => void,
   * }} options `onFailed`: the server did not take it, or the browser did not; it is of no use any more
   */
  constructor({connection, local, request, onState, onFailed}) {
    this.connection = connection;
    this.#local = local;
    this.#request = request;
    this.#onFailed = onFailed;
    this.#transceivers = {
      microphone: this.#send("microphone", "audio", microphoneEncodings()),
      camera: this.#send("camera", "video", cameraEncodings()),
    };
    connection.onconnectionstatechange = () => onState(connection.connectionState);
  }
  #local;
  #request;
  #onFailed;
  #transceivers;

  /** Offers, for the first time or again: the same connection goes on, with what the server wants now. */
  offer() {
    void this.#then(async () => {
      await this.connection.setLocalDescription();
      const offer = withoutCandidates(this.connection.localDescription?.sdp ?? "");
      const {sdp} = await this.#request("publish", {session: this.id, sdp: offer, tracks: this.#tracks()});
      if (!this.#closed) await this.connection.setRemoteDescription({type: "answer", sdp});
    }, this.#onFailed);
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(source, track) {
    if (this.#closed) return;
    await this.#transceivers[source].sender.replaceTrack(track).catch(this.#onFailed);
  }

  /** @param {string[]} rids the layers that anybody wants */
  sendLayers(rids) {
    void this.#then(() => sendLayers(this.#transceivers.camera.sender, rids), console.debug);
  }

  close() {
    this.#closed = true;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  /**
   * @param {Source} source
   * @param {"audio" | "video"} kind
   * @param {RTCRtpEncodingParameters[]} sendEncodings
   */
  #send(source, kind, sendEncodings) {
    const {stream} = this.#local;
    const track = this.#local.track(source) ?? kind;
    return this.connection.addTransceiver(track, {direction: "sendonly", streams: [stream], sendEncodings});
  }

  #tracks() {
    return Object.entries(this.#transceivers).map(([source, {mid}]) => ({mid, source}));
  }

  /**
   * What touches descriptions and encodings goes one after the other: both invalidate what the other has read.
   * @param {() => Promise<void>} step
   * @param {(error: unknown) => void} failed
   */
  #then(step, failed) {
    this.#chain = this.#chain.then(async () => {
      if (this.#closed) return;
      try {
        await step();
      } catch (error) {
        if (!this.#closed) failed(error);
      }
    });
    return this.#chain;
  }
}
