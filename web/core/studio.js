// All that a call knows of our own effects, gains and hand, and what it asks the server of them.

import * as chain from "./chain.js";
import {Captions} from "./captions.js";
import {OwnEffects} from "./effects.js";
import {FiltersCatalogue} from "./filters-catalogue.js";
import {Gains} from "./gains.js";
import {Hiding} from "./hiding.js";
import {newId} from "./ids.js";
import {goingOn, readEffects, writeEffects} from "./kept-effects.js";

/** @typedef {import("./types.js").Effects} Effects */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").ParamValue} ParamValue */
/** @typedef {import("./types.js").Trouble} Trouble */
/** @typedef {import("./types.js").WireError} WireError */

/** What a page that holds the camera back says by that already. */
const NO_EFFECTS = new Set(["private-room", "media-unavailable"]);

export class Studio {
  /** @type {Filter[] | null} */
  #filters = null;
  #hiding = new Hiding();
  /** @type {string | null} */
  #room = null;
  #had = false;
  /** Of which effects something is wrong, and whether they were switched off. @type {Map<string, boolean>} */
  #wrong = new Map();

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, dispatch: (action: import("./state.js").Action) => void,
   *   request: import("./publish-session.js").Request,
   *   onChange: () => void, onRefused: (error: WireError, what: "effects" | "gain") => void, onTrouble?: (trouble: Trouble) => void,
   *   onEnded?: () => void, storage: import("./storage.js").Keeper,
   * }} options `onChange`: our own effects are others; `onTrouble`: something new is wrong with one of them; `onEnded`:
   *   the server has ended them all; `storage`: this tab's
   */
  constructor({clock, dispatch, request, onChange, onRefused, onTrouble = () => undefined, onEnded = () => undefined, storage}) {
    this.#dispatch = dispatch;
    this.#request = request;
    this.#onChange = onChange;
    this.#onTrouble = onTrouble;
    this.#onEnded = onEnded;
    this.#storage = storage;
    this.#effects = new OwnEffects({
      clock,
      request,
      onChange: ({chosen}) => this.#changed(chosen),
      onRefused: (error) => {
        if (!(this.isHeld && NO_EFFECTS.has(error.code))) onRefused(error, "effects");
      },
    });
    this.#catalogue = new FiltersCatalogue({
      clock,
      request,
      onFilters: (filters) => this.#listed(filters),
      onGivenUp: (unlisted) => dispatch({type: "effects", change: {unlisted}}),
    });
    this.#gains = new Gains({clock, request, onRefused: (error) => onRefused(error, "gain")});
    this.#captions = new Captions({clock, onCaption: (id, caption) => dispatch({type: "caption", id, caption})});
  }
  #dispatch;
  #request;
  #onChange;
  #onTrouble;
  #onEnded;
  #storage;
  #effects;
  #catalogue;
  #captions;
  #gains;

  /** Whether the server has something to do for us, shown or not. */
  get needsServer() {
    return chain.needsServer(this.#effects.own) || chain.needsServer(this.#effects.saved);
  }

  /** Whether the server makes a picture for us. */
  get hasPicture() {
    return this.#effects.own.video.length > 0 || this.#effects.saved.video.length > 0;
  }

  /** Whether nobody may get our camera as it is. */
  get hidesCamera() {
    return this.#hiding.behind !== null;
  }

  /** Whether that is so although no effect hides it any more. */
  get isHeld() {
    return this.#hiding.isHeld;
  }

  /** Whether what hid us is there to hide us again. */
  get #canHideAgain() {
    const {behind, filters} = this.#hiding;
    const there = (/** @type {{filter: string}} */ {filter}) => filters?.some(({name, broken}) => name === filter && !broken);
    return this.isHeld && behind !== null && behind.video.every(there);
  }

  /** Whether the server may get our camera. */
  get mayPublishCamera() {
    return this.#hiding.mayPublish(this.#effects.saved);
  }

  /** Somebody looks at the list of filters. */
  list() {
    this.#catalogue.want();
  }

  /**
   * @param {Effects} effects
   * @param {{anew: boolean, room: string}} options `anew`: as OwnEffects.entered
   */
  entered(effects, {anew, room}) {
    const restored = this.#room === null && this.#restore(effects, room);
    this.#room = room;
    // A server that has lost what hides us is told again.
    const lost = chain.isOff(effects) && this.#hiding.hides(this.#effects.own);
    this.#hiding.entered(effects);
    this.#effects.entered(effects, {anew: anew || restored || lost});
    this.#catalogue.changed();
    this.#gains.entered();
    // What hides something is known from the list.
    if (!chain.isOff(this.#effects.own) || !chain.isOff(effects)) this.#catalogue.want();
  }

  /**
   * Goes on with what this tab had in its last call, where the server knows nothing of it.
   * @param {Effects} effects as the server has them
   * @param {string} room
   */
  #restore(effects, room) {
    const kept = readEffects(this.#storage);
    if (!kept) return false;
    this.#hiding.restore(kept);
    const known = kept.behind ? this.#hiding.hides(effects) : !chain.isOff(effects);
    if (known) return false;
    const wanted = goingOn(kept, room);
    this.#effects.restore(wanted);
    return !chain.isOff(wanted);
  }

  /**
   * @param {string} name
   * @param {any} data
   * @returns {boolean} false when this fact is about something else
   */
  receive(name, data) {
    if (name === "effects-set") this.#effects.changed(data.effects);
    else if (name === "effect-trouble") this.#wentWrong(data);
    else if (name === "effect-mended") this.#mended(data.id);
    else if (name === "effect-cost") this.#costs(data);
    else if (name === "filter-emitted") this.#captions.receive(data);
    else if (name === "filters-changed") this.#catalogue.changed();
    else return false;
    return true;
  }

  /**
   * Takes a filter in, or out again.
   * @param {Filter} filter
   * @returns {boolean} false when its chain takes no more
   */
  toggle(filter) {
    const {own} = this.#effects;
    const used = own[filter.kind].filter((one) => one.filter === filter.name).map(({id}) => id);
    const next = used.length > 0 ? chain.without(own, used) : chain.add(own, filter, newId());
    this.#effects.change(next);
    return next !== own;
  }

  /** @param {string} id */
  remove(id) {
    this.#effects.change(chain.without(this.#effects.own, [id]));
  }

  /** @param {string} id @param {number} to */
  move(id, to) {
    this.#effects.change(chain.move(this.#effects.own, id, to));
  }

  /** @param {string} id @param {string} param @param {ParamValue} value */
  set(id, param, value) {
    this.#effects.change(chain.withParams(this.#effects.own, id, {[param]: value}), `${id} ${param}`);
  }

  /** Gives an effect the values that its filter begins with. @param {string} id */
  reset(id) {
    const effect = chain.allOf(this.#effects.own).find((one) => one.id === id);
    const filter = this.#filters?.find(({name}) => name === effect?.filter);
    if (filter) this.#effects.change(chain.withParams(this.#effects.own, id, chain.defaultsOf(filter)));
  }

  clear() {
    this.#effects.change(chain.noEffects());
  }

  undo() {
    this.#effects.undo();
  }

  /** @param {boolean} shown */
  show(shown) {
    this.#effects.show(shown);
  }

  /** Our camera may be seen as it is, now that no effect hides it. */
  showCamera() {
    if (!this.isHeld) return;
    this.#hiding.release();
    this.#changed(true);
    this.#effects.confirm();
  }

  /** What hid us hides us again, before everyone. */
  hideAgain() {
    const {behind} = this.#hiding;
    if (this.#canHideAgain && behind) this.#effects.resume(behind);
  }

  /**
   * Puts a preset in the place of the chain. Who hides is never shown because of what a preset has lost, and a preset of
   * which nothing is left changes nothing.
   * @param {import("./types.js").Preset} preset
   * @returns {import("./types.js").PresetUse}
   */
  use(preset) {
    if (!this.#filters) return {done: false, unlisted: true, gone: [], pictureless: [], bared: false};
    const {effects, gone, pictureless} = chain.fromPreset(preset, this.#filters, newId, this.#effects.own.shown);
    const bares = this.#hiding.hides(this.#effects.own) && !this.#hiding.hides(effects);
    const lostIt = bares && chain.wouldHide(gone.filter((one) => preset.video.includes(one)), this.#filters);
    const done = !chain.isOff(effects) && !lostIt;
    if (done) this.#effects.change(effects);
    return {done, unlisted: false, gone, pictureless, bared: done && bares};
  }

  /** @param {string} name */
  preset(name) {
    return chain.toPreset(name, this.#effects.own, this.#filters ?? []);
  }

  /** @param {string} data base64 @returns {Promise<string>} the id of the picture; rejects with a Refusal */
  async addPicture(data) {
    return (await this.#request("add-picture", {data})).picture;
  }

  /** @param {string} participantId @param {number} gainDb */
  setGain(participantId, gainDb) {
    this.#gains.set(participantId, gainDb);
  }

  /** @param {boolean} raised */
  async raiseHand(raised) {
    await this.#request("raise-hand", {raised});
  }

  close() {
    this.#effects.close();
    this.#catalogue.close();
    this.#captions.close();
    this.#gains.close();
    this.#wrong.clear();
    this.#hiding.close();
    this.#filters = null;
    this.#room = null;
    this.#had = false;
  }

  /** @param {boolean} chosen by the person */
  #changed(chosen) {
    const {own, saved, canUndo} = this.#effects;
    this.#hiding.follow(own, {chosen});
    this.#hiding.saved(saved);
    const ended = !chosen && this.#had && chain.isOff(own);
    this.#had = !chain.isOff(own);
    this.#dispatch({type: "effects", change: {own, saved, canUndo, held: this.isHeld, again: this.#canHideAgain}, chosen});
    if (ended) this.#onEnded();
    if (!this.needsServer) this.#costs({video: null, audio: null});
    this.#keep();
    this.#onChange();
  }

  #keep() {
    if (this.#room === null) return;
    const {behind, filters} = this.#hiding;
    writeEffects(this.#storage, {room: this.#room, own: this.#effects.own, behind, filters: filters ?? []});
  }

  /** @param {Trouble} trouble */
  #wentWrong(trouble) {
    const news = this.#wrong.get(trouble.id) !== trouble.off;
    this.#wrong.set(trouble.id, trouble.off);
    this.#dispatch({type: "trouble", trouble});
    if (news) this.#onTrouble(trouble);
  }

  /** @param {string} id */
  #mended(id) {
    this.#wrong.delete(id);
    this.#dispatch({type: "mended", id});
  }

  /** @param {Filter[]} filters */
  #listed(filters) {
    this.#filters = filters;
    const held = this.isHeld;
    this.#hiding.listed(filters);
    if (held && !this.isHeld) this.#effects.confirm();
    this.#dispatch({type: "effects", change: {filters, held: this.isHeld, again: this.#canHideAgain}});
    this.#keep();
    this.#onChange();
  }

  /** @param {import("./types.js").EffectsState["cost"]} cost */
  #costs({video, audio}) {
    this.#dispatch({type: "effects", change: {cost: {video, audio}}});
  }
}
