// Stand-ins for what we own the shape of: the clock, the socket; and a peer connection by the book.

/** A clock whose hands the test turns. */
export class FakeClock {
  #now = 1_000_000;
  #timers = new Set();

  now = () => this.#now;

  after = (delayMs, run) => {
    const timer = {at: this.#now + delayMs, run};
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  get waiting() {
    return this.#timers.size;
  }

  /** Runs what falls due, in order, with everything that follows from it. */
  async advance(ms) {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].filter(({at}) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets everything run that waits only for promises. */
export const settle = () =>
  new Promise((resolve) => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => resolve(undefined);
    port2.postMessage(null);
  });

/** What the server side of a socket sees: requests to answer, facts to send, and the line to cut. */
export class FakeSocket {
  requests = [];
  closed = false;

  constructor(events) {
    this.events = events;
  }

  emit(name, data, answered) {
    this.requests.push({name, data, answered});
  }

  close() {
    this.closed = true;
  }

  open() {
    this.events.opened();
  }

  fact(name, data) {
    this.events.fact(name, data);
  }

  cut() {
    this.events.closed();
  }

  /** Answers the oldest request without an answer. */
  answer(answer) {
    const request = this.requests.find((one) => !one.done);
    request.done = true;
    request.answered(answer);
    return request;
  }
}

let sessions = 0;
let fragments = 0;

/** RTCPeerConnection as far as negotiation goes: states, rollback, user fragments. No media. */
export class FakeConnection {
  signalingState = "stable";
  connectionState = "new";
  localDescription = null;
  remoteDescription = null;
  onnegotiationneeded = null;
  onicecandidate = null;
  added = [];
  restarts = 0;
  #session = (sessions += 1);
  #stable = {local: null, remote: null};
  #ufrag = "";
  #restart = false;

  async setLocalDescription() {
    await settle();
    if (this.signalingState === "have-remote-offer") {
      const fresh = ufragOf(this.remoteDescription) !== ufragOf(this.#stable.remote);
      this.#makeLocal("answer", fresh);
      this.#settle();
    } else {
      this.#makeLocal("offer", this.#restart);
      this.#restart = false;
      this.signalingState = "have-local-offer";
    }
  }

  async setRemoteDescription({type, sdp}) {
    await settle();
    if (sdp.startsWith("broken")) throw new DOMException("broken", "OperationError");
    if (type === "answer") {
      if (this.signalingState !== "have-local-offer") throw new DOMException("no offer", "InvalidStateError");
      this.remoteDescription = {type, sdp};
      this.#settle();
      return;
    }
    if (this.signalingState === "have-local-offer") this.#rollBack();
    this.remoteDescription = {type, sdp};
    this.signalingState = "have-remote-offer";
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new DOMException("too early", "InvalidStateError");
    this.added.push(candidate);
  }

  restartIce() {
    this.restarts += 1;
    this.#restart = true;
    this.need();
  }

  /** Something changed that needs a description. */
  need() {
    this.onnegotiationneeded?.();
  }

  /** Finds a candidate of the present local description. */
  find(candidate, usernameFragment = this.#ufrag) {
    const init = {candidate, sdpMid: "0", sdpMLineIndex: 0, usernameFragment};
    this.onicecandidate({candidate: {toJSON: () => init}});
  }

  #makeLocal(type, fresh) {
    if (!this.#ufrag || fresh) this.#ufrag = `u${(fragments += 1)}`;
    const sdp = `v=0\r\no=- ${this.#session} 1 IN IP4 0.0.0.0\r\na=ice-ufrag:${this.#ufrag}\r\na=candidate:1 inline\r\n`;
    this.localDescription = {type, sdp};
  }

  #settle() {
    this.signalingState = "stable";
    this.#stable = {local: this.localDescription, remote: this.remoteDescription};
  }

  #rollBack() {
    this.localDescription = this.#stable.local;
    this.#ufrag = ufragOf(this.#stable.local);
    this.signalingState = "stable";
  }
}

const ufragOf = (description) => description?.sdp.match(/ice-ufrag:(\S+)/)?.[1] ?? "";

/** A Storage of this test's own. */
export const fakeStorage = (initial = {}) => {
  const items = new Map(Object.entries(initial));
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
};

/** A track that is stopped and unplugged by hand. */
export class FakeTrack {
  readyState = "live";
  enabled = true;
  onended = null;

  constructor(kind, deviceId) {
    this.kind = kind;
    this.deviceId = deviceId;
    this.label = `label of ${deviceId}`;
  }

  getSettings() {
    return {deviceId: this.deviceId};
  }

  stop() {
    this.readyState = "ended";
  }

  async unplug() {
    this.stop();
    await this.onended?.();
  }
}

export const participant = (id, change = {}) => ({
  id,
  name: `Name of ${id}`,
  role: "speaker",
  generation: 1,
  presence: "here",
  away_s: 0,
  joined_at: 1,
  route: "direct",
  route_reason: null,
  tracks: [],
  effects: [],
  gain_db: 0,
  room_gain_db: 0,
  hand_raised: false,
  ...change,
});

export const chatMessage = (seq, change = {}) => ({
  seq,
  client_id: `c${seq}`,
  from: "a",
  name: "Name of a",
  text: `text ${seq}`,
  sent_at: seq,
  ...change,
});

export const snapshot = (change = {}) => ({
  kind: "snapshot",
  self: "a",
  room: {id: "room", title: "Title", capacity: 25, media: "auto"},
  participants: [participant("a")],
  permissions: ["chat"],
  ice_servers: [],
  token: "token-1",
  resume_grace_s: 120,
  seq: 1,
  chat: [],
  chat_more: false,
  forwarding: true,
  effects: {video: [], audio: [], shown: false},
  ...change,
});

/** What a tab keeps, in memory. */
export const fakeKeeper = () => {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
};
