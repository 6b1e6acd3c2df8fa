// All that a call knows of our own effects, gains and hand, and what it asks the server of them.

import * as chain from "./chain.js";
import {Captions} from "./captions.js";
import {OwnEffects} from "./effects.js";
import {wireError} from "./errors.js";
import {FiltersCatalogue} from "./filters-catalogue.js";
import {newId} from "./ids.js";
import {Latest} from "./latest.js";

/** @typedef {import("./types.js").Effects} Effects */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").ParamValue} ParamValue */
/** @typedef {import("./types.js").WireError} WireError */

const GAIN_EVERY_MS = 125;

export class Studio {
  /** @type {Map<string, Latest<number>>} */
  #gains = new Map();
  /** @type {Filter[] | null} */
  #filters = null;

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, dispatch: (action: import("./state.js").Action) => void,
   *   request: import("./publish-session.js").Request,
   *   onChange: () => void, onRefused: (error: WireError) => void,
   * }} options `onChange`: our own effects are others
   */
  constructor({clock, dispatch, request, onChange, onRefused}) {
    this.#clock = clock;
    this.#dispatch = dispatch;
    this.#request = request;
    this.#onChange = onChange;
    this.#onRefused = onRefused;
    this.#effects = new OwnEffects({clock, request, onChange: () => this.#changed(), onRefused});
    this.#catalogue = new FiltersCatalogue({clock, request, onFilters: (filters) => this.#listed(filters)});
    this.#captions = new Captions({clock, onCaption: (id, caption) => dispatch({type: "caption", id, caption})});
  }
  #clock;
  #dispatch;
  #request;
  #onChange;
  #onRefused;
  #effects;
  #catalogue;
  #captions;

  /** Whether the server has something to do for us, shown or not. */
  get isOn() {
    return !chain.isOff(this.#effects.own) || !chain.isOff(this.#effects.saved);
  }

  /** Whether the server makes a picture for us. */
  get hasPicture() {
    return this.#effects.own.video.length > 0 || this.#effects.saved.video.length > 0;
  }

  /** Whether nobody may get our camera as it is. */
  get hidesCamera() {
    return chain.hides(this.#effects.own, this.#filters);
  }

  /** Somebody looks at the list of filters. */
  list() {
    this.#catalogue.want();
  }

  /** @param {Effects} effects @param {{anew: boolean}} options as OwnEffects.entered */
  entered(effects, options) {
    this.#effects.entered(effects, options);
    this.#catalogue.changed();
    // What hides something is known from the list.
    if (this.isOn) this.#catalogue.want();
  }

  /**
   * @param {string} name
   * @param {any} data
   * @returns {boolean} false when this fact is about something else
   */
  receive(name, data) {
    if (name === "effects-set") this.#effects.changed(data.effects);
    else if (name === "effect-trouble") this.#dispatch({type: "trouble", trouble: data});
    else if (name === "effect-mended") this.#dispatch({type: "mended", id: data.id});
    else if (name === "effect-cost") this.#costs(data);
    else if (name === "filter-emitted") this.#captions.receive(data);
    else if (name === "filters-changed") this.#catalogue.changed();
    else return false;
    return true;
  }

  /** Takes a filter in, or out again. @param {Filter} filter */
  toggle(filter) {
    const {own} = this.#effects;
    const used = own[filter.kind].filter((one) => one.filter === filter.name).map(({id}) => id);
    this.#effects.change(used.length > 0 ? chain.without(own, used) : chain.add(own, filter, newId()));
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
    this.#effects.change(chain.withShown(this.#effects.own, shown));
  }

  /** @param {import("./types.js").Preset} preset */
  use(preset) {
    this.#effects.change(chain.fromPreset(preset, this.#filters ?? [], newId, this.#effects.own.shown));
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
    const gain =
      this.#gains.get(participantId) ??
      new Latest({
        clock: this.#clock,
        everyMs: GAIN_EVERY_MS,
        send: (db) =>
          this.#request("set-gain", {participant_id: participantId, gain_db: db}).catch((error) =>
            this.#onRefused(wireError(error)),
          ),
      });
    this.#gains.set(participantId, gain);
    gain.put(gainDb);
  }

  /** @param {boolean} raised */
  async raiseHand(raised) {
    await this.#request("raise-hand", {raised});
  }

  close() {
    this.#effects.close();
    this.#catalogue.close();
    this.#captions.close();
    for (const gain of this.#gains.values()) gain.clear();
    this.#gains.clear();
    this.#filters = null;
  }

  #changed() {
    const {own, saved, canUndo} = this.#effects;
    this.#dispatch({type: "effects", change: {own, saved, canUndo}});
    if (!this.isOn) this.#costs({video: null, audio: null});
    this.#onChange();
  }

  /** @param {Filter[]} filters */
  #listed(filters) {
    this.#filters = filters;
    this.#dispatch({type: "effects", change: {filters}});
    this.#onChange();
  }

  /** @param {import("./types.js").EffectsState["cost"]} cost */
  #costs({video, audio}) {
    this.#dispatch({type: "effects", change: {cost: {video, audio}}});
  }
}
