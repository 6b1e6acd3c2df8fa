// One call: signalling, mesh, media by the server, chat and our tracks, wired to the state.

import {CardPreviews} from "./card-previews.js";
import {gap} from "./chat-state.js";
import {wireError} from "./errors.js";
import {Forwarding} from "./forwarding.js";
import {Gauge} from "./gauge.js";
import {Mesh} from "./mesh.js";
import {Outbox} from "./outbox.js";
import {devicesOf, Publisher, tracksOf} from "./publisher.js";
import {Signalling} from "./signalling.js";
import {Studio} from "./studio.js";

/** @typedef {import("./types.js").ChatMessage} ChatMessage */
/** @typedef {import("./types.js").Missed} Missed */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").State} State */

const CHAT_PAGE = 100;
const FILL_PAGE = 200;
/** Facts after which connections may be others. */
const MOVES = /^(participant|track|route)-/;

export class Call {
  #token = "";
  #hostKey = /** @type {string | null} */ (null);
  #loadingOlder = false;
  /** Nobody gets our camera directly: an effect that hides something is shown. */
  #held = false;
  /** The server does not get it either: there is no effect that hides it now. */
  #withheld = false;
  /** The others are told of no camera. */
  #isOff = false;

  /**
   * @param {{
   *   state: () => State, dispatch: (action: import("./state.js").Action) => void,
   *   local: import("./peer.js").LocalMedia, clock: import("./clock.js").Clock,
   *   openSocket: import("./socket.js").OpenSocket,
   *   onSession: () => void, onEnded: (reason: string) => void, onWeak: () => void,
   *   onRefused?: (error: import("./types.js").WireError, what: "effects" | "gain") => void,
   *   onTrouble?: (trouble: import("./types.js").Trouble) => void, onEffectsEnded?: () => void, storage: import("./storage.js").Keeper,
   * }} options `onSession`: something that session() tells changed; `onEnded`: the server will not have us back;
   *   `onWeak`: our line keeps our picture small; `onRefused`: the server did not take effects or a gain of ours;
   *   `onTrouble`: something new is wrong with an effect of ours; `onEffectsEnded`: the server has ended them all; `storage`: this tab's
   */
  constructor({state, dispatch, local, clock, openSocket, onSession, onEnded, onWeak, onRefused = () => undefined, onTrouble, onEffectsEnded, storage}) {
    this.#local = local;
    this.#state = state;
    this.#dispatch = dispatch;
    this.#clock = clock;
    this.#onSession = onSession;
    this.#onEnded = onEnded;
    this.#signalling = new Signalling({
      openSocket,
      clock,
      describeSelf: () => this.#describeSelf(),
      events: {
        link: (link) => this.#linkChanged(link),
        entered: (answer) => this.#entered(answer),
        fact: (name, data) => this.#fact(name, data),
        direct: (name, data) =>
          this.forwarding.receive(name, data) || this.studio.receive(name, data) || this.mesh.receive(name, data),
        renewed: (token, iceServers) => this.#renewed(token, iceServers),
        ended: (code) => this.#onEnded(code),
      },
    });
    this.studio = new Studio({
      clock,
      dispatch,
      request: (name, data) => this.#signalling.request(name, data),
      onChange: () => this.#effectsChanged(),
      onRefused,
      onTrouble,
      onEnded: onEffectsEnded,
      storage,
    });
    this.mesh = new Mesh({
      local: {stream: local.stream, track: (source) => this.#bare(source)},
      clock,
      send: (name, data) => void this.#signalling.request(name, data).catch(reportUnexpected),
      onPeer: () => this.forwarding.routes.changed(),
      onUnreachable: (id) => this.#reportUnreachable(id),
    });
    this.forwarding = new Forwarding({
      local: {stream: local.stream, track: (source) => this.#published(source)},
      clock,
      mesh: this.mesh,
      request: (name, data) => this.#signalling.request(name, data),
      maySignal: () => this.#signalling.online,
      hasMedia: () => tracksOf(devicesOf(this.#state())).length > 0,
      hasEffects: () => this.studio.needsServer,
      hasPicture: () => this.studio.hasPicture,
      onOwnPicture: (stream) => this.#dispatch({type: "effects", change: {picture: stream && stream.id}}),
      onShown: (id, shown) => this.#dispatch({type: "shown", id, shown}),
      onServerPath: (path) => this.#dispatch({type: "server-path", path}),
      onLoudest: (id) => this.#dispatch({type: "loudest", id}),
    });
    const onLive = (/** @type {boolean} */ trying) => this.#dispatch({type: "effects", change: {trying}});
    this.cardPreviews = new CardPreviews({clock, request: (name, data) => this.#signalling.request(name, data), onLive});
    this.gauge = new Gauge({
      clock,
      sources: () => this.#sources(),
      onQuality: (quality) => this.#dispatch({type: "quality", quality}),
      onWeak,
    });
    this.#outbox = new Outbox({
      send: async (message) => (await this.#signalling.request("send-chat", message)).message,
      onStored: (message) => this.#dispatch({type: "stored", message}),
      onChange: (pending) => {
        this.#dispatch({type: "pending", pending});
        this.#onSession();
      },
    });
    this.#publisher = new Publisher({
      devices: () => devicesOf(this.#state()),
      request: (name, data) => this.#signalling.request(name, data),
    });
  }
  #state;
  #dispatch;
  #local;
  #clock;
  #onSession;
  #onEnded;
  #signalling;
  #outbox;
  #publisher;
  #since = 0;

  /**
   * Enters the room of the state under the name of the state. Rejects with a Refusal.
   * @param {string | null} hostKey
   */
  async join(hostKey) {
    this.#hostKey = hostKey;
    this.#since = this.#clock.now();
    await this.#signalling.join();
  }

  /**
   * Comes back after the page was loaded anew. Rejects with a Refusal.
   * @param {import("./session.js").Session} session
   * @param {string | null} hostKey for the case that the participant is gone and we join anew
   */
  async resume({token, since, pending}, hostKey) {
    this.#hostKey = hostKey;
    this.#since = since;
    this.#outbox.restore(pending);
    await this.#signalling.resume(token);
  }

  /** Leaves, telling the server if it listens. */
  async leave() {
    const gone = this.#signalling.leave();
    this.#forget();
    await gone;
  }

  /** Ends the call on this page only. */
  close() {
    this.#signalling.close();
    this.#forget();
  }

  /** What a reload needs, besides our devices; null out of a call. */
  session() {
    const {self, chat} = this.#state();
    if (!self || !this.#token) return null;
    return {token: this.#token, self, since: this.#since, pending: chat.pending};
  }

  /** Our devices changed: the others hear of it. */
  devicesChanged() {
    if (this.#signalling.online) void this.#publisher.update();
    this.forwarding.routes.changed();
  }

  /**
   * Everybody gets this track, or none, from now on.
   * @param {import("./types.js").Source} source
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(source, track) {
    const bare = source === "camera" && this.#held ? null : track;
    const published = source === "camera" && this.#withheld ? null : track;
    await Promise.all([this.mesh.setTrack(source, bare), this.forwarding.setTrack(source, published)]);
  }

  networkChanged() {
    this.#signalling.probe();
    this.mesh.networkChanged();
    this.forwarding.networkChanged();
  }

  tryNow() {
    this.#signalling.tryNow();
  }

  pageClosing() {
    this.#signalling.pageClosing();
  }

  /** @param {string} text @returns {boolean} false when too many messages wait already */
  sendChat(text) {
    return this.#outbox.add(text);
  }

  /** @param {string} clientId */
  retryChat(clientId) {
    this.#outbox.retry(clientId);
  }

  async loadOlderChat() {
    const oldest = this.#state().chat.messages[0];
    if (!oldest || this.#loadingOlder) return;
    this.#loadingOlder = true;
    try {
      const page = await this.#signalling.request("fetch-chat", {before: oldest.seq, limit: CHAT_PAGE});
      this.#dispatch({type: "older", messages: page.messages, more: page.more});
    } finally {
      this.#loadingOlder = false;
    }
  }

  /** @param {string} title rejects with a Refusal */
  async rename(title) {
    await this.#updateRoom({title});
  }

  /** How media travels in this room. @param {import("./types.js").MediaPolicy} media rejects with a Refusal */
  async chooseMedia(media) {
    await this.#updateRoom({media});
  }

  /** @param {{title?: string, media?: import("./types.js").MediaPolicy}} change */
  async #updateRoom(change) {
    const {room} = await this.#signalling.request("update-room", change);
    this.#dispatch({type: "fact", name: "room-updated", data: {room}, at: this.#clock.now()});
  }

  #describeSelf() {
    const state = this.#state();
    return {room: state.roomId ?? "", name: state.name.trim(), host_key: this.#hostKey, tracks: tracksOf(devicesOf(state))};
  }

  /** @param {State["link"]} link */
  #linkChanged(link) {
    if (link !== "online") {
      this.mesh.signallingLost();
      this.#outbox.close();
    }
    this.#dispatch({type: "link", link, at: this.#clock.now()});
  }

  /** What others may have of ours without the server. @param {import("./types.js").Source} source */
  #bare(source) {
    return source === "camera" && this.#held ? null : this.#local.track(source);
  }

  /** What the server may have of ours. @param {import("./types.js").Source} source */
  #published(source) {
    return source === "camera" && this.#withheld ? null : this.#local.track(source);
  }

  /** Before the server hears of an effect that hides something, nobody gets the camera without it any more. */
  #effectsChanged() {
    const held = this.studio.hidesCamera;
    if (held !== this.#held) {
      this.#held = held;
      void this.mesh.setTrack("camera", this.#bare("camera"));
    }
    const withheld = !this.studio.mayPublishCamera;
    if (withheld !== this.#withheld) {
      this.#withheld = withheld;
      void this.forwarding.setTrack("camera", this.#published("camera"));
    }
    if (this.studio.isHeld !== this.#isOff) {
      this.#isOff = this.studio.isHeld;
      if (this.#signalling.online) void this.#publisher.update();
    }
    this.forwarding.routes.changed();
  }

  /** @param {Snapshot | Missed} answer */
  #entered(answer) {
    const at = this.#clock.now();
    const before = this.#state().self;
    if (answer.kind === "snapshot") {
      const hole = gap(this.#state().chat.messages, answer.chat, answer.chat_more);
      this.#dispatch({type: "entered", snapshot: answer, at, since: this.#since});
      this.#outbox.settle(answer.chat);
      if (hole) void this.#fill(hole).catch(reportUnexpected);
    } else {
      this.#dispatch({type: "permitted", permissions: answer.permissions, forwarding: answer.forwarding});
      for (const {name, data} of answer.facts) this.#apply(name, data, at);
    }
    const {self: me, roomId} = this.#state();
    this.studio.entered(answer.effects, {anew: before !== null && before !== me, room: roomId ?? ""});
    this.forwarding.signallingBack();
    this.forwarding.routes.sync(this.#roster(), {entering: true});
    this.gauge.start();
    this.#outbox.open();
    const {self, participants} = this.#state();
    void this.#publisher.entered(participants.find(({id}) => id === self)?.tracks ?? []);
    this.#onSession();
  }

  /**
   * @param {string} name
   * @param {any} data
   */
  #fact(name, data) {
    this.#apply(name, data, this.#clock.now());
    if (MOVES.test(name)) this.forwarding.routes.sync(this.#roster(), {entering: false});
  }

  /**
   * @param {string} name
   * @param {any} data
   * @param {number} at
   */
  #apply(name, data, at) {
    this.#dispatch({type: "fact", name, data, at});
    if (name === "chat-sent" && data.message.from === this.#state().self) this.#outbox.settle([data.message]);
  }

  /**
   * @param {string} token
   * @param {import("./types.js").IceServer[]} iceServers
   */
  #renewed(token, iceServers) {
    this.#token = token;
    this.mesh.configure({iceServers});
    this.forwarding.configure({iceServers});
    this.#onSession();
  }

  /**
   * Reads the chat between what we had and a newer page, when we were away for longer than one page.
   * @param {{after: number, before: number}} hole
   */
  async #fill({after, before}) {
    for (let last = after; last < before; ) {
      const {messages, more} = await this.#signalling.request("fetch-chat", {after: last, limit: FILL_PAGE});
      this.#dispatch({type: "filled", messages});
      this.#outbox.settle(messages);
      if (!more) return;
      last = /** @type {ChatMessage[]} */ (messages).at(-1)?.seq ?? before;
    }
  }

  /** @param {string} id the server finds another way for the two of us */
  #reportUnreachable(id) {
    if (!this.#state().forwarding) return;
    this.#signalling.request("report-unreachable", {participant_id: id}).catch(reportUnexpected);
  }

  /** @returns {import("./gauge.js").Sources} */
  #sources() {
    const {self, participants} = this.#state();
    const {routes, publication} = this.forwarding;
    const receiving = participants.flatMap(({id}) => {
      const carrier = routes.shown(id);
      return carrier ? [{id, route: routes.route(id), carrier}] : [];
    });
    const sending = Array.from(this.mesh.peers(), ([, {connection}]) => connection);
    return {self: self ?? "", receiving, sending: publication.connection ? [...sending, publication.connection] : sending};
  }

  #roster() {
    const {self, participants} = this.#state();
    return {self: self ?? "", participants};
  }

  #forget() {
    this.#token = "";
    this.gauge.stop();
    this.studio.close();
    this.cardPreviews.stop();
    this.forwarding.close();
    this.mesh.close();
    this.#held = false;
    this.#withheld = false;
    this.#isOff = false;
    this.#outbox.clear();
  }
}

/** What a peer being away or the connection being lost explains; it is said again when they are back. */
const EXPECTED = new Set(["offline", "peer-away", "stale-peer", "no-such-participant", "not-joined"]);

/** @param {unknown} error */
const reportUnexpected = (error) => {
  const {code} = wireError(error);
  if (!EXPECTED.has(code)) console.warn("refused by the server", code);
};
