// Which room this page is in or before: address, lobby, joining, coming back, the end.

import {wireError} from "./errors.js";
import {callPath, isHome, pathOf, roomOf} from "./places.js";
import {rememberRoom} from "./recent.js";
import * as api from "./rooms-api.js";
import {readSession, takeLock, writeSession} from "./session.js";
import {device, tab} from "./storage.js";

/** @typedef {import("./types.js").State} State */

const LOBBY_REFRESH_MS = 5_000;
const NAME_KEY = "greenroom.name";
const HOST_KEYS = "greenroom.host-keys";
const MOST_HOST_KEYS = 50;
const MOST_NAME_CHARACTERS = 60;

export class Rooms {
  /** @type {(() => void) | null} */
  #cancelRefresh = null;
  /** @type {{self: string, release: () => void} | null} */
  #lock = null;
  /** Who was in this call with us. @type {Map<string, string>} */
  #met = new Map();
  /** Counts what was opened, so that an answer that comes late does not change what was opened since. */
  #opened = 0;

  /**
   * @param {{
   *   store: import("./store.js").Store, call: import("./call.js").Call, media: import("./media.js").Media,
   *   levels: import("./levels.js").Levels, ownLevel: import("./sound.js").OwnLevel,
   *   clock: import("./clock.js").Clock,
   *   onStraightIn: () => void,
   * }} options `onStraightIn`: entered by an address or a reload alone
   */
  constructor({store, call, media, levels, ownLevel, clock, onStraightIn}) {
    this.#store = store;
    this.#call = call;
    this.#media = media;
    this.#levels = levels;
    this.#ownLevel = ownLevel;
    this.#clock = clock;
    this.#onStraightIn = onStraightIn;
  }
  #store;
  #call;
  #media;
  #levels;
  #ownLevel;
  #clock;
  #onStraightIn;

  /** Follows the browser: its network, its tabs, and its way back. */
  listen() {
    const touched = () => void this.#ownLevel.resume().catch(() => undefined);
    addEventListener("online", () => this.#call.networkChanged());
    networkInformation()?.addEventListener("change", () => this.#call.networkChanged());
    addEventListener("visibilitychange", () => this.#call.tryNow());
    addEventListener("focus", () => this.#call.tryNow());
    addEventListener("pagehide", () => this.#pageHidden());
    addEventListener("popstate", () => void this.#leaveQuietly().then(() => this.openAddress()));
    addEventListener("pointerdown", touched);
    addEventListener("keydown", touched);
  }

  /** Shows what the page's address names: the home page, or a room. */
  async openAddress() {
    const url = new URL(location.href);
    this.setName(url.searchParams.get("name") ?? device.getItem(NAME_KEY) ?? "");
    const roomId = roomOf(url);
    if (!roomId) return isHome(url) ? this.#openHome() : this.#showMissing();
    const opened = this.#openLobby(roomId);
    if (await this.#comeBack(roomId)) return this.#onStraightIn();
    if (this.#opened !== opened || this.#store.state().view !== "lobby") return undefined;
    void this.#media.start();
    if (url.searchParams.get("autojoin") !== "1" || !this.#store.state().name) return this.#refreshLobby();
    await this.join();
    return this.#onStraightIn();
  }

  /** @param {Parameters<typeof api.createRoom>[0]} wishes */
  async create(wishes) {
    const room = await api.createRoom(wishes);
    rememberHostKey(room.id, room.host_key);
    this.open(room.id);
  }

  /** @param {string} roomId */
  open(roomId) {
    history.pushState(null, "", pathOf(roomId));
    this.#openLobby(roomId);
    void this.#media.start();
    void this.#refreshLobby();
  }

  /** @param {string} name */
  setName(name) {
    // Not in the middle of a character that takes two units.
    const kept = [...name].slice(0, MOST_NAME_CHARACTERS).join("");
    this.#store.dispatch({type: "name", name: kept});
  }

  /** Enters the room of the lobby, or the one that the end page shows. */
  async join() {
    const {dispatch, state} = this.#store;
    const {roomId, name, link} = state();
    if (!roomId || link !== "idle") return;
    if (state().view === "end") this.#openLobby(roomId);
    device.setItem(NAME_KEY, name.trim());
    dispatch({type: "error", error: null});
    void this.#media.start();
    try {
      await this.#joinWith(roomId, hostKeyOf(roomId));
      this.#inCall();
    } catch (error) {
      this.#notLetIn(roomId, error);
    }
  }

  /**
   * A key of ours may be for an earlier room of the same name; then we come in as everybody does.
   * @param {string} roomId
   * @param {string | null} hostKey
   */
  async #joinWith(roomId, hostKey) {
    try {
      await this.#call.join(hostKey);
    } catch (error) {
      if (hostKey === null || wireError(error).code !== "not-permitted") throw error;
      forgetHostKey(roomId);
      await this.#call.join(null);
    }
  }

  /** Leaves and shows the end page. */
  async leave() {
    const gone = this.#call.leave();
    await this.#finish("left");
    await gone;
  }

  /** @param {string} reason why the server will not have this page back */
  async end(reason) {
    this.#call.close();
    await this.#finish(reason);
  }

  async goHome() {
    history.pushState(null, "", "/");
    await this.#leaveQuietly();
    await this.#openHome();
  }

  /** Something that a reload would need changed. */
  keepSession() {
    const {roomId, participants, self} = this.#store.state();
    const session = this.#call.session();
    if (!roomId || !session) return;
    for (const {id, name} of participants) if (id !== self) this.#met.set(id, name);
    const devices = {microphone: this.#media.wanted("microphone"), camera: this.#media.wanted("camera")};
    writeSession(tab, roomId, {...session, ...devices});
  }

  async #openHome() {
    this.#stopRefresh();
    this.#opened += 1;
    this.#store.dispatch({type: "opened", view: "home", roomId: null});
    const about = await api.about().catch(() => null);
    this.#store.dispatch({type: "about", about: about && {room_names: about.room_names}});
  }

  /** @param {string} roomId */
  #openLobby(roomId) {
    this.#stopRefresh();
    this.#opened += 1;
    this.#store.dispatch({type: "opened", view: "lobby", roomId});
    this.#levels.start();
    return this.#opened;
  }

  /**
   * After a reload, goes straight into the call that this tab was in.
   * @param {string} roomId
   * @returns {Promise<boolean>} false when there is no such call, or another tab is in it
   */
  async #comeBack(roomId) {
    const session = readSession(tab, roomId);
    if (!session) return false;
    const release = await takeLock(session.self, {locks: navigator.locks, reloaded: wasReloaded()});
    if (!release) {
      writeSession(tab, roomId, null);
      return false;
    }
    this.#lock = {self: session.self, release};
    void this.#media.start({microphone: session.microphone, camera: session.camera});
    try {
      await this.#call.resume(session, hostKeyOf(roomId));
      this.#inCall();
      return true;
    } catch (error) {
      this.#releaseLock();
      writeSession(tab, roomId, null);
      this.#notLetIn(roomId, error);
      return false;
    }
  }

  #inCall() {
    const {roomId} = this.#store.state();
    if (roomId) history.replaceState(history.state, "", callPath(roomId, new URL(location.href)));
    this.#stopRefresh();
    this.#levels.start();
    void this.#holdLock();
    this.#rememberCall();
  }

  /** @param {string} roomId @param {unknown} error */
  #notLetIn(roomId, error) {
    const {dispatch, state} = this.#store;
    if (state().roomId !== roomId) return;
    const refusal = wireError(error);
    if (refusal.code === "offline") return;
    if (refusal.code === "room-not-found") this.#showMissing();
    else dispatch({type: "error", error: refusal});
  }

  #showMissing() {
    this.#stopRefresh();
    this.#levels.stop();
    void this.#media.stop();
    this.#store.dispatch({type: "room-missing"});
  }

  /** Who is in the room changes while one stands before it. */
  async #refreshLobby() {
    const {dispatch, state} = this.#store;
    const {roomId} = state();
    const opened = this.#opened;
    if (!roomId) return;
    const room = await api.lookAtRoom(roomId).catch(wireError);
    if (this.#opened !== opened || state().view !== "lobby") return;
    if (!("code" in room)) {
      dispatch({type: "lobby", lobby: {title: room.title, people: room.people, capacity: room.capacity}});
    } else if (room.code === "room-not-found") {
      this.#showMissing();
      return;
    }
    this.#cancelRefresh = this.#clock.after(LOBBY_REFRESH_MS, () => void this.#refreshLobby());
  }

  #stopRefresh() {
    this.#cancelRefresh?.();
    this.#cancelRefresh = null;
  }

  /** Holds the lock of whoever we are now; joining anew makes us someone else. */
  async #holdLock() {
    const {self} = this.#store.state();
    if (!self || this.#lock?.self === self) return;
    this.#releaseLock();
    const release = await takeLock(self, {locks: navigator.locks, reloaded: true});
    if (!release) return;
    if (this.#store.state().self === self && !this.#lock) this.#lock = {self, release};
    else release();
  }

  #releaseLock() {
    this.#lock?.release();
    this.#lock = null;
  }

  /** @param {string} reason */
  async #finish(reason) {
    const off = this.#letGo();
    this.#store.dispatch({type: "ended", reason, at: this.#clock.now()});
    await off;
  }

  async #leaveQuietly() {
    void this.#call.leave();
    await this.#letGo();
  }

  /** Lets go of what a room holds on this device: session, lock, microphone and camera. */
  async #letGo() {
    const {roomId} = this.#store.state();
    this.#rememberCall();
    this.#levels.stop();
    if (roomId) writeSession(tab, roomId, null);
    this.#releaseLock();
    this.#met.clear();
    await this.#media.stop();
  }

  #pageHidden() {
    this.#call.pageClosing();
    this.#rememberCall();
  }

  #rememberCall() {
    const {room, callStartedAt, participants, self} = this.#store.state();
    if (!room || callStartedAt === null) return;
    for (const {id, name} of participants) if (id !== self) this.#met.set(id, name);
    rememberRoom(device, {
      id: room.id,
      title: room.title,
      at: callStartedAt,
      durationS: Math.max(0, Math.round((this.#clock.now() - callStartedAt) / 1000)),
      people: Array.from(this.#met, ([id, name]) => ({id, name})),
    });
  }
}

const wasReloaded = () => {
  const [entry] = performance.getEntriesByType("navigation");
  return entry !== undefined && "type" in entry && entry.type === "reload";
};

/** @returns {EventTarget | null} where the browser tells about its network; not everywhere */
const networkInformation = () => ("connection" in navigator ? /** @type {any} */ (navigator.connection) : null);

/** @returns {[string, string][]} the newest last */
const hostKeys = () => {
  try {
    const keys = JSON.parse(device.getItem(HOST_KEYS) ?? "[]");
    return Array.isArray(keys) ? keys : [];
  } catch {
    return [];
  }
};

/** @param {string} roomId @returns {string | null} */
const hostKeyOf = (roomId) => hostKeys().find(([id]) => id === roomId)?.[1] ?? null;

/** @param {[string, string][]} keys */
const keepHostKeys = (keys) => device.setItem(HOST_KEYS, JSON.stringify(keys.slice(-MOST_HOST_KEYS)));

/** @param {string} roomId */
const forgetHostKey = (roomId) => keepHostKeys(hostKeys().filter(([id]) => id !== roomId));

/** @param {string} roomId @param {string} key */
const rememberHostKey = (roomId, key) => {
  forgetHostKey(roomId);
  keepHostKeys([...hostKeys(), [roomId, key]]);
};
