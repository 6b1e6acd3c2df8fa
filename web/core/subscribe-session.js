// One peer connection to the server that receives. The server offers, we answer; it says which m-line carries whom.

import {newId} from "./ids.js";
import {ufrags, withoutCandidates} from "./sdp.js";

/** @typedef {import("./publish-session.js").Request} Request */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {{mid: string, participant_id: string, source: Source}} Streamed */
/** @typedef {{number: number, sdp: string, streams: Streamed[]}} Offer */
/** @typedef {{stream: MediaStream, receivers: Partial<Record<Source, RTCRtpReceiver>>, since: number}} Received */

export class SubscribeSession {
  id = newId();
  /** @type {RTCPeerConnection | null} */
  connection = null;
  /** @type {Map<string, Received>} */
  #received = new Map();
  /** @type {Streamed[]} */
  #streams = [];
  /** @type {Promise<void>} */
  #chain = Promise.resolve();
  #closed = false;

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, connect: () => RTCPeerConnection, request: Request,
   *   onState: (state: RTCPeerConnectionState) => void, onStreams: () => void, onFailed: (error: unknown) => void,
   * }} options `onStreams`: it carries others than before; `onFailed`: it is of no use any more
   */
  constructor({clock, connect, request, onState, onStreams, onFailed}) {
    this.#clock = clock;
    this.#connect = connect;
    this.#request = request;
    this.#onState = onState;
    this.#onStreams = onStreams;
    this.#onFailed = onFailed;
  }
  #clock;
  #connect;
  #request;
  #onState;
  #onStreams;
  #onFailed;

  /** What it carries of a participant. @param {string} participantId */
  received(participantId) {
    return this.#received.get(participantId) ?? null;
  }

  /** @param {Offer} offer */
  offered({number, sdp, streams}) {
    this.#streams = streams;
    void this.#then(async () => {
      const connection = this.#connectionFor(sdp);
      await connection.setRemoteDescription({type: "offer", sdp});
      await connection.setLocalDescription();
      this.#map();
      const answer = withoutCandidates(connection.localDescription?.sdp ?? "");
      await this.#request("answer-subscription", {session: this.id, number, sdp: answer});
    });
  }

  /** @param {Streamed[]} streams */
  changed(streams) {
    this.#streams = streams;
    void this.#then(async () => this.#map());
  }

  close() {
    this.#closed = true;
    this.#drop();
  }

  /**
   * The server may begin the session anew, with another connection of its own: it never restarts ICE in one.
   * @param {string} sdp
   */
  #connectionFor(sdp) {
    const before = this.connection?.remoteDescription;
    if (before && ![...ufrags(sdp)].some((ufrag) => ufrags(before.sdp).has(ufrag))) this.#drop();
    if (this.connection) return this.connection;
    const connection = this.#connect();
    connection.onconnectionstatechange = () => this.#onState(connection.connectionState);
    this.connection = connection;
    return connection;
  }

  #drop() {
    if (this.connection) this.connection.onconnectionstatechange = null;
    this.connection?.close();
    this.connection = null;
    this.#received.clear();
  }

  /** Puts the tracks of each participant together, as the newest word of the server says. */
  #map() {
    const transceivers = new Map(this.connection?.getTransceivers().map((one) => [one.mid, one]));
    /** @type {Map<string, Received["receivers"]>} */
    const people = new Map();
    for (const {mid, participant_id: id, source} of this.#streams) {
      const receiver = transceivers.get(mid)?.receiver;
      if (receiver) people.set(id, {...people.get(id), [source]: receiver});
    }
    for (const id of this.#received.keys()) if (!people.has(id)) this.#received.delete(id);
    for (const [id, receivers] of people) this.#put(id, receivers);
    this.#onStreams();
  }

  /**
   * @param {string} id
   * @param {Received["receivers"]} receivers
   */
  #put(id, receivers) {
    const entry = this.#received.get(id) ?? {stream: new MediaStream(), receivers: {}, since: this.#clock.now()};
    const tracks = Object.values(receivers).map(({track}) => track);
    for (const old of entry.stream.getTracks()) if (!tracks.includes(old)) entry.stream.removeTrack(old);
    for (const track of tracks) {
      if (entry.stream.getTracks().includes(track)) continue;
      entry.stream.addTrack(track);
      entry.since = this.#clock.now();
    }
    this.#received.set(id, {...entry, receivers});
  }

  /**
   * Offers are answered one after the other.
   * @param {() => Promise<void>} step
   */
  #then(step) {
    this.#chain = this.#chain.then(async () => {
      if (this.#closed) return;
      try {
        await step();
      } catch (error) {
        if (!this.#closed) this.#onFailed(error);
      }
    });
    return this.#chain;
  }
}
