// Who travels how, carried out: which connections there must be, which way of each participant is shown, and the
// change from one to the other without a gap.

import {Lookout} from "./lookout.js";
import {aim, DIRECT, isChanging, isSettled, release, routeOf, show, startPath, uses} from "./path.js";
import {PATIENCE_MS} from "./readiness.js";
import {Takers} from "./takers.js";

/** @typedef {import("./arrivals.js").Carrier} Carrier */
/** @typedef {import("./path.js").Path} Path */
/** @typedef {import("./types.js").Participant} Participant */
/** @typedef {import("./types.js").PeerState} PeerState */
/** @typedef {import("./types.js").Route} Route */
/** @typedef {{self: string, participants: Participant[]}} Roster */
/** @typedef {{state: PeerState, route: Route, changing: boolean}} Shown */
/**
 * `told`: the route that they know we take; `left`: whether it ever changed
 * @typedef {import("./lookout.js").Change & {generation: number, told: Route | null, left: boolean}} Entry
 */

const LOOK_EVERY_MS = 100;
/** The page has drawn the change by then, and the old way is not missed. */
const LINGER_MS = 500;
const LOOK_RARELY_MS = 1_000;
const TELL_AGAIN_MS = 2_000;

export class Routes {
  /** @type {Roster} */
  #roster = {self: "", participants: []};
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Map<string, Shown>} */
  #said = new Map();
  #looking = false;
  #soon = false;
  #closed = true;
  /** @type {Set<() => void>} */
  #timers = new Set();

  /**
   * @param {{
   *   clock: import("./clock.js").Clock,
   *   mesh: Pick<import("./mesh.js").Mesh, "sync" | "carrier" | "state" | "signallingLost" | "close">,
   *   publication: Pick<import("./publication.js").Publication, "want">,
   *   subscription: Pick<import("./subscription.js").Subscription, "want" | "key" | "carrier" | "state" | "keep">,
   *   isVisible: (id: string) => boolean, hasMedia: () => boolean, hasEffects?: () => boolean, hasPicture?: () => boolean,
   *   tell: (id: string, route: Route) => Promise<unknown>,
   *   onShown: (id: string, shown: Shown | null) => void,
   * }} options `isVisible`: whether somebody's picture is on the screen; `hasMedia`: whether we have anything to send;
   *   `hasEffects`: whether the server makes something of it, `hasPicture`: and sends us a picture of it;
   *   `tell`: that we take this route of theirs now, rejected when the server did not take it; `onShown`: null when the participant is gone
   */
  constructor({clock, mesh, publication, subscription, isVisible, hasMedia, hasEffects, hasPicture, tell, onShown}) {
    this.#clock = clock;
    this.#mesh = mesh;
    this.#publication = publication;
    this.#subscription = subscription;
    this.#hasMedia = hasMedia;
    this.#hasEffects = hasEffects ?? never;
    this.#hasPicture = hasPicture ?? never;
    this.#tell = tell;
    this.#onShown = onShown;
    this.#lookout = new Lookout({clock, isVisible, carrierOf: (id, key) => this.#carrier(id, key)});
    this.#takers = new Takers({clock, onOver: () => this.changed()});
  }
  #clock;
  #mesh;
  #publication;
  #subscription;
  #hasMedia;
  #hasEffects;
  #hasPicture;
  #tell;
  #onShown;
  #lookout;
  #takers;

  /**
   * Makes connections and paths follow the roster.
   * @param {Roster} roster
   * @param {{entering: boolean}} options `entering`: the server may not know what we told before
   */
  sync(roster, {entering}) {
    if (roster.self !== this.#roster.self) this.#entries.clear();
    this.#closed = false;
    const before = this.#roster;
    this.#roster = roster;
    this.#takers.sync(this.#others, this.#ownRoute);
    this.#follow(before, entering);
    this.#settle(entering);
  }

  /** Connections, devices or what is on the screen changed. */
  changed() {
    if (this.#soon || this.#closed) return;
    this.#soon = true;
    queueMicrotask(() => {
      this.#soon = false;
      if (!this.#closed) this.#settle(false);
    });
  }

  /**
   * One of the others takes our media on this route from now on.
   * @param {string} id
   * @param {Route} route
   */
  taken(id, route) {
    this.#takers.took(id, route);
    this.changed();
  }

  /**
   * The ways on which someone's media plays, and which of them is shown.
   * @param {string} id
   * @returns {import("./types.js").RemoteMedia[]}
   */
  media(id) {
    const path = this.#entries.get(id)?.path;
    if (!path) return [];
    return this.#carriers(id, path).map(({key, stream}) => ({key, stream, part: partOf(path, key)}));
  }

  /** The way that is shown of someone. @param {string} id @returns {Carrier | null} */
  shown(id) {
    const path = this.#entries.get(id)?.path;
    return path ? this.#carrier(id, path.shown) : null;
  }

  /** @param {string} id @returns {Route} */
  route(id) {
    return routeOf(this.#entries.get(id)?.path.shown ?? DIRECT);
  }

  close() {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#looking = false;
    this.#takers.close();
    this.#entries.clear();
    this.#said.clear();
    this.#roster = {self: "", participants: []};
  }

  get self() {
    return this.#roster.self;
  }

  get #others() {
    return this.#roster.participants.filter(({id}) => id !== this.#roster.self);
  }

  /** @returns {Route} */
  get #ownRoute() {
    return this.#roster.participants.find(({id}) => id === this.#roster.self)?.route ?? "direct";
  }

  /**
   * Entries for those who are here; those who came back may have missed what we told.
   * @param {Roster} before
   * @param {boolean} entering
   */
  #follow(before, entering) {
    const others = this.#others;
    const present = new Set(others.map(({id}) => id));
    for (const id of this.#entries.keys()) if (!present.has(id)) this.#entries.delete(id);
    for (const {id, generation, route, presence} of others) {
      const entry = this.#entries.get(id);
      if (!entry || entry.generation !== generation) {
        const path = startPath(this.#key(route));
        this.#entries.set(id, {generation, path, since: this.#clock.now(), nothingSince: null, told: route, left: false});
      } else {
        const was = before.participants.find((one) => one.id === id)?.presence;
        const back = presence === "here" && was !== undefined && was !== "here";
        if ((entering || back) && entry.left) entry.told = null;
      }
    }
  }

  /** @param {boolean} entering */
  #settle(entering) {
    this.#subscription.want(this.#needsSubscription());
    for (const participant of this.#others) this.#aim(participant);
    this.#mesh.sync({...this.#roster, pairs: this.#pairs()}, {entering});
    this.#publication.want(this.#needsPublication());
    this.#subscription.keep(new Set(Array.from(this.#entries.values(), ({path}) => [...uses(path)]).flat()));
    for (const {id, presence} of this.#others) this.#tellTaken(id, presence);
    this.#say();
    if (this.#waiting().length > 0) this.#lookSoon();
  }

  #needsSubscription() {
    return (
      (this.#hasPicture() && this.#hasMedia()) ||
      this.#others.some(({route}) => route === "forwarded") ||
      Array.from(this.#entries.values()).some(({path}) => [...uses(path)].some((key) => key !== DIRECT))
    );
  }

  #needsPublication() {
    if (this.#ownRoute === "forwarded" || this.#hasEffects()) {
      this.#takers.reset();
      return this.#hasMedia();
    }
    return this.#takers.stillNeedServer(this.#others, (id) => this.#mesh.state(id) === "connected");
  }

  /** @param {Participant} participant */
  #aim({id, route}) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const key = this.#key(route);
    const path = aim(entry.path, key, {alive: this.#carrier(id, entry.path.shown) !== null});
    if (path.target !== entry.path.target) {
      entry.since = this.#clock.now();
      entry.nothingSince = null;
      const carrier = this.#carrier(id, key);
      if (carrier) this.#lookout.forget(carrier);
    }
    if (routeOf(path.shown) !== routeOf(entry.path.shown)) entry.left = true;
    entry.path = path;
  }

  /**
   * Between which of us and the others there must be a mesh connection, and to whom we send over it.
   * @returns {Map<string, {wanted: boolean, sends: boolean}>}
   */
  #pairs() {
    const own = this.#ownRoute;
    return new Map(
      this.#others.map(({id, route}) => {
        const path = this.#entries.get(id)?.path;
        const sends = own === "direct" || this.#takers.route(id) === "direct";
        const receives = route === "direct" || (path !== undefined && uses(path).has(DIRECT));
        return [id, {wanted: sends || receives, sends}];
      }),
    );
  }

  /** @param {Route} route */
  #key(route) {
    return route === "direct" ? DIRECT : this.#subscription.key;
  }

  /**
   * @param {string} id
   * @param {string} key
   * @returns {Carrier | null}
   */
  #carrier(id, key) {
    return key === DIRECT ? this.#mesh.carrier(id) : this.#subscription.carrier(id, key);
  }

  /**
   * @param {string} id
   * @param {Path} path
   */
  #carriers(id, path) {
    return [...uses(path)].map((key) => this.#carrier(id, key)).filter((carrier) => carrier !== null);
  }

  #waiting() {
    return this.#others.flatMap((participant) => {
      const entry = this.#entries.get(participant.id);
      return entry && isChanging(entry.path) ? [{participant, entry}] : [];
    });
  }

  #lookSoon() {
    if (this.#looking) return;
    this.#looking = true;
    const soon = this.#waiting().some(({entry}) => this.#clock.now() - entry.since <= PATIENCE_MS);
    this.#after(soon ? LOOK_EVERY_MS : LOOK_RARELY_MS, () => {
      void this.#look()
        .catch((error) => console.warn("looking for media failed", error))
        .finally(() => {
          this.#looking = false;
          if (!this.#closed && this.#waiting().length > 0) this.#lookSoon();
        });
    });
  }

  async #look() {
    const isCurrent = (/** @type {import("./lookout.js").Waiting<Entry>} */ {participant: {id}, entry}) =>
      this.#entries.get(id) === entry;
    for (const entry of await this.#lookout.look(this.#waiting(), isCurrent)) this.#show(entry);
    if (!this.#closed) this.#settle(false);
  }

  /** @param {Entry} entry */
  #show(entry) {
    if (routeOf(entry.path.target) !== routeOf(entry.path.shown)) entry.left = true;
    entry.path = show(entry.path);
    const {shown, held} = entry.path;
    this.#after(LINGER_MS, () => {
      if (entry.path.shown !== shown || entry.path.held !== held) return; // changed once more meanwhile
      entry.path = release(entry.path);
      this.changed();
    });
  }

  /**
   * @param {string} id
   * @param {Participant["presence"]} presence
   */
  #tellTaken(id, presence) {
    const entry = this.#entries.get(id);
    if (!entry || presence !== "here" || !isSettled(entry.path)) return;
    const route = routeOf(entry.path.shown);
    if (route === entry.told) return;
    entry.told = route;
    this.#tell(id, route).catch(() =>
      this.#after(TELL_AGAIN_MS, () => {
        if (entry.told === route) entry.told = null;
        this.changed();
      }),
    );
  }

  /** Says what is shown of whom, where that is new. */
  #say() {
    for (const id of this.#said.keys()) {
      if (this.#entries.has(id)) continue;
      this.#said.delete(id);
      this.#onShown(id, null);
    }
    for (const [id, {path}] of this.#entries) {
      const now = {state: this.#stateOf(id, path), route: routeOf(path.shown), changing: this.#carriers(id, path).length > 1};
      const last = this.#said.get(id);
      if (last && last.state === now.state && last.route === now.route && last.changing === now.changing) continue;
      this.#said.set(id, now);
      this.#onShown(id, now);
    }
  }

  /**
   * @param {string} id
   * @param {Path} path
   * @returns {PeerState}
   */
  #stateOf(id, {shown}) {
    if (shown === DIRECT) return this.#mesh.state(id);
    const tracks = this.#others.find((one) => one.id === id)?.tracks ?? [];
    if (tracks.every(({muted}) => muted)) return "connected";
    const carrier = this.#subscription.carrier(id, shown);
    const {state} = this.#subscription;
    return state === "connected" && !carrier ? "connecting" : state;
  }

  /**
   * @param {number} delayMs
   * @param {() => void} run
   */
  #after(delayMs, run) {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }
}

const never = () => false;

/**
 * @param {Path} path
 * @param {string} key
 */
const partOf = ({shown, held}, key) => (key === shown ? "shown" : key === held ? "held" : "coming");
