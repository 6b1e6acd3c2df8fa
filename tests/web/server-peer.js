// The server's side of publish and subscribe, played by a peer connection in the same page: all its candidates are in
// its description, and those of the other side never reach it.

import {Refusal} from "../../web/core/errors.js";

/** What the server would do with requests about media. `refuse` holds codes by request name. */
export class ServerPeer {
  requests = [];
  refuse = {};
  /** By session. @type {Map<string, RTCPeerConnection>} */
  publishers = new Map();
  /** @type {RTCPeerConnection | null} */
  subscriber = null;
  heard = true;
  /** Nothing gets through to it. */
  walled = false;

  constructor(t) {
    t.cleanup(() => {
      for (const connection of this.publishers.values()) connection.close();
      this.subscriber?.close();
    });
  }

  request = async (name, data) => {
    this.requests.push({name, data});
    if (!this.heard) throw new Refusal({code: "offline", message: ""});
    const code = this.refuse[name];
    if (code) throw new Refusal({code, message: "", retry_after_s: code === "busy" ? 5 : undefined});
    if (name === "publish") return {sdp: await this.#answer(data)};
    if (name === "answer-subscription") await this.subscriber?.setRemoteDescription({type: "answer", sdp: data.sdp});
    return {};
  };

  asked(name) {
    return this.requests.filter((one) => one.name === name).map(({data}) => data);
  }

  async #answer({session, sdp}) {
    const connection = this.publishers.get(session) ?? new RTCPeerConnection();
    this.publishers.set(session, connection);
    await connection.setRemoteDescription({type: "offer", sdp});
    await connection.setLocalDescription();
    const answer = await described(connection);
    return this.walled ? answer.replace(/^a=candidate:.*\r\n/gm, "") : answer;
  }

  /**
   * Offers the given tracks on the one connection to the page, or on a new one. A server may write another session id
   * into each description of the same connection.
   */
  async offer(tracks, {anew = false, anotherOrigin = false} = {}) {
    if (anew) this.subscriber = null;
    this.subscriber ??= new RTCPeerConnection();
    for (const track of tracks) this.subscriber.addTransceiver(track, {direction: "sendonly"});
    await this.subscriber.setLocalDescription();
    const sdp = await described(this.subscriber);
    return anotherOrigin ? sdp.replace(/^o=- \d+/m, "o=- 4711") : sdp;
  }
}

/** @param {RTCPeerConnection} connection */
const described = async (connection) => {
  if (connection.iceGatheringState !== "complete") {
    await new Promise((resolve) => {
      connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && resolve(undefined);
    });
  }
  return connection.localDescription.sdp;
};

/** How much of one kind a connection received. */
export const inbound = async (connection, kind) => {
  let count = 0;
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === kind) {
      count += kind === "video" ? report.framesDecoded : report.packetsReceived;
    }
  }
  return count;
};
