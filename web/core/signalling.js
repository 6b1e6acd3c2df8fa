// The connection to the server: join, come back, requests, and facts in order.

import {systemClock} from "./clock.js";
import {offline, Refusal, unreachable} from "./errors.js";
import {RequestQueue} from "./requests.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./socket.js").OpenSocket} OpenSocket */
/** @typedef {import("./types.js").LinkState} LinkState */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").IceServer} IceServer */
/** @typedef {import("./types.js").Missed} Missed */
/** @typedef {{source: import("./types.js").Source, muted: boolean}} TrackRequest */
/** @typedef {{room: string, name: string, host_key: string | null, tracks: TrackRequest[]}} JoinRequest */
/**
 * @typedef {{
 *   link: (link: LinkState) => void,
 *   entered: (answer: Snapshot | Missed) => void,
 *   fact: (name: string, data: any) => void,
 *   direct: (name: string, data: any) => void,
 *   renewed: (token: string, iceServers: IceServer[]) => void,
 *   ended: (code: string) => void,
 * }} SignallingEvents
 */

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 2_000;
const STEADY_MS = 10_000;
const ENTRY_TIMEOUT_MS = 8_000;
const JOIN_PATIENCE_MS = 10_000;
const RESUME_PATIENCE_MS = 120_000;
const LEAVE_TIMEOUT_MS = 2_000;
const MAX_EARLY_FACTS = 1_024;
/** The participant is gone for the server, but the room may still take us as a new one. */
const JOIN_ANEW = new Set(["token-invalid", "token-expired", "room-not-found"]);
const TRY_AGAIN = new Set(["rate-limited", "server-full", "busy", "internal", "not-joined"]);

export class Signalling {
  /** @type {import("./socket.js").Socket | null} */
  #socket = null;
  #entered = false;
  /** @type {LinkState} */
  #link = "idle";
  #token = "";
  #seq = 0;
  #fresh = false;
  #attempt = 0;
  #enteredAt = 0;
  /** @type {[string, any][]} */
  #early = [];
  /** @type {(() => void) | null} */
  #cancelRetry = null;
  /** @type {(() => void) | null} */
  #cancelEntryTimeout = null;
  /** @type {{resolve: () => void, reject: (error: Refusal) => void, until: number} | null} */
  #waiting = null;

  /**
   * @param {{
   *   openSocket: OpenSocket, describeSelf: () => JoinRequest, events: SignallingEvents,
   *   clock?: Clock, random?: () => number,
   * }} options `describeSelf` is asked whenever we enter as a new participant.
   */
  constructor({openSocket, describeSelf, events, clock = systemClock, random = Math.random}) {
    this.#openSocket = openSocket;
    this.#describeSelf = describeSelf;
    this.#events = events;
    this.#clock = clock;
    this.#random = random;
    this.#requests = new RequestQueue({clock, stuck: () => this.#lost()});
  }
  #openSocket;
  #describeSelf;
  #events;
  #clock;
  #random;
  #requests;

  get online() {
    return this.#entered;
  }

  /** Enters the room as a new participant. Rejects with the server's refusal, or `unreachable` after 10 s. */
  join() {
    return this.#enter("", JOIN_PATIENCE_MS);
  }

  /**
   * Comes back as the participant of `token` after the page was loaded anew.
   * @param {string} token
   */
  resume(token) {
    return this.#enter(token, RESUME_PATIENCE_MS);
  }

  /**
   * @param {string} name
   * @param {object} data
   * @returns {Promise<any>} the `ok` part of the answer; rejects with a Refusal, `offline` when the connection is lost
   */
  request(name, data) {
    return this.#entered ? this.#requests.add(name, data) : Promise.reject(offline());
  }

  /** Closes, saying goodbye if the server listens. */
  async leave() {
    const socket = this.#socket;
    const entered = this.#entered;
    this.#socket = null;
    this.close();
    if (socket && entered) {
      /** @type {Promise<void>} */
      const answered = new Promise((resolve) => {
        const cancel = this.#clock.after(LEAVE_TIMEOUT_MS, resolve);
        socket.emit("leave", {}, () => {
          cancel();
          resolve();
        });
      });
      await answered;
    }
    socket?.close();
  }

  /** Tells the server that this page goes away. Nobody will wait for the answer. */
  pageClosing() {
    if (this.#entered) this.#socket?.emit("page-closing", {}, () => {});
  }

  /** Connects now instead of at the end of the waiting time. */
  tryNow() {
    if (this.#cancelRetry === null) return;
    this.#stopRetry();
    this.#attempt = 0;
    this.#connect();
  }

  /** The network changed: a connection that looks alive may be dead, so it is asked for an answer. */
  probe() {
    if (this.#entered) this.request("fetch-chat", {limit: 1}).catch(() => {});
    else this.tryNow();
  }

  close() {
    this.#drop();
    this.#stopRetry();
    this.#token = "";
    this.#waiting?.reject(offline());
    this.#waiting = null;
    this.#setLink("idle");
  }

  /**
   * @param {string} token
   * @param {number} patienceMs
   * @returns {Promise<void>}
   */
  #enter(token, patienceMs) {
    this.close();
    this.#token = token;
    this.#fresh = token !== "";
    this.#seq = 0;
    this.#attempt = 0;
    this.#setLink("joining");
    return new Promise((resolve, reject) => {
      this.#waiting = {resolve, reject, until: this.#clock.now() + patienceMs};
      this.#connect();
    });
  }

  #connect() {
    // What a socket says after we let go of it concerns nobody.
    const events = {
      opened: () => socket === this.#socket && this.#askToEnter(socket),
      closed: () => socket === this.#socket && this.#lost(),
      fact: (/** @type {string} */ name, /** @type {any} */ data) =>
        socket === this.#socket && this.#received(name, data),
    };
    const socket = this.#openSocket(events, {doubtful: this.#attempt > 0});
    this.#socket = socket;
  }

  /** @param {import("./socket.js").Socket} socket */
  #askToEnter(socket) {
    const self = this.#describeSelf();
    const [name, data] = this.#token
      ? ["resume", {token: this.#token, since: this.#seq, fresh: this.#fresh, tracks: this.#fresh ? self.tracks : null}]
      : ["join", self];
    this.#cancelEntryTimeout = this.#clock.after(ENTRY_TIMEOUT_MS, () => this.#lost());
    socket.emit(name, data, (answer) => {
      if (socket !== this.#socket || this.#entered) return;
      if (answer.error) this.#refused(answer.error);
      else this.#welcome(socket, answer.ok);
    });
  }

  /**
   * @param {import("./socket.js").Socket} socket
   * @param {Snapshot | Missed} answer
   */
  #welcome(socket, answer) {
    this.#cancelEntryTimeout?.();
    this.#entered = true;
    this.#fresh = false;
    this.#enteredAt = this.#clock.now();
    this.#renewed(answer);
    this.#seq = answer.seq;
    this.#requests.open(socket);
    this.#events.entered(answer);
    this.#setLink("online");
    this.#waiting?.resolve();
    this.#waiting = null;
    for (const [name, data] of this.#early.splice(0)) if (this.#entered) this.#deliver(name, data);
  }

  /** @param {import("./types.js").WireError} error */
  #refused(error) {
    if (this.#token && JOIN_ANEW.has(error.code)) {
      this.#token = "";
      this.#reconnect(0);
    } else if (TRY_AGAIN.has(error.code) && !this.#waiting) {
      this.#reconnect((error.retry_after_s ?? 0) * 1000);
    } else {
      const waiting = this.#waiting;
      this.#waiting = null;
      this.close();
      if (waiting) waiting.reject(new Refusal(error));
      else this.#events.ended(error.code);
    }
  }

  /**
   * @param {string} name
   * @param {any} data
   */
  #received(name, data) {
    if (name === "session-ended") this.#sessionEnded(data.code);
    else if (this.#entered) this.#deliver(name, data);
    else if (this.#early.length < MAX_EARLY_FACTS) this.#early.push([name, data]);
    else this.#lost();
  }

  /**
   * @param {string} name
   * @param {any} data
   */
  #deliver(name, data) {
    if (name === "token-renewed") return this.#renewed(data);
    if (data.seq === undefined) return this.#events.direct(name, data);
    if (data.seq <= this.#seq) return undefined;
    if (data.seq > this.#seq + 1) return this.#lost();
    this.#seq = data.seq;
    return this.#events.fact(name, data);
  }

  /** @param {string} code */
  #sessionEnded(code) {
    // Another page has this participant now: coming back would only take it away from there again.
    if (code === "superseded") {
      this.close();
      this.#events.ended(code);
    } else {
      this.#lost();
    }
  }

  /** @param {{token: string, ice_servers: IceServer[]}} data */
  #renewed(data) {
    this.#token = data.token;
    this.#events.renewed(data.token, data.ice_servers);
  }

  #lost() {
    const steady = this.#entered && this.#clock.now() - this.#enteredAt >= STEADY_MS;
    if (steady) this.#attempt = 0;
    const waiting = this.#waiting;
    if (waiting && this.#clock.now() >= waiting.until) {
      this.#waiting = null;
      this.close();
      waiting.reject(unreachable());
      return;
    }
    this.#reconnect(0);
  }

  /** @param {number} leastMs */
  #reconnect(leastMs) {
    this.#drop();
    this.#stopRetry();
    if (!this.#waiting) this.#setLink("lost");
    const backoffMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempt);
    const delayMs = Math.max(leastMs, backoffMs * (0.75 + this.#random() / 4));
    this.#attempt += 1;
    this.#cancelRetry = this.#clock.after(delayMs, () => {
      this.#cancelRetry = null;
      this.#connect();
    });
  }

  #drop() {
    this.#cancelEntryTimeout?.();
    this.#cancelEntryTimeout = null;
    this.#socket?.close();
    this.#socket = null;
    this.#entered = false;
    this.#early = [];
    this.#requests.close();
  }

  #stopRetry() {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  /** @param {LinkState} link */
  #setLink(link) {
    if (link === this.#link) return;
    this.#link = link;
    this.#events.link(link);
  }
}
