import {Refusal} from "../../web/core/errors.js";
import {Store} from "../../web/core/store.js";
import {Studio} from "../../web/core/studio.js";
import {FakeClock, fakeKeeper, settle} from "./fakes.js";

const filter = (name, change = {}) => ({
  name, title: name, kind: "video", category: "look", description: "", private: false, origin: "built-in", file: null,
  broken: false, params: [], ...change,
});
const blur = filter("blur", {private: true});
const edges = filter("edges");
const off = {video: [], audio: [], shown: false};

const make = (t, {filters = [blur, edges], storage = fakeKeeper()} = {}) => {
  const it = {storage, ended: 0, troubles: [], clock: new FakeClock(), store: new Store(), asked: [], refused: [], held: [], filters, refuse: null};
  it.studio = new Studio({
    clock: it.clock,
    dispatch: it.store.dispatch,
    request: async (name, data) => {
      it.asked.push({name, data, held: it.studio.hidesCamera});
      if (it.refuse) throw new Refusal({code: it.refuse, message: ""});
      if (name === "list-filters") return {filters: it.filters};
      if (name !== "set-effects") return {};
      const titled = data.video.map((one) => ({...one, title: one.filter}));
      return {effects: {...data, video: titled}};
    },
    onChange: () => it.held.push(it.studio.hidesCamera),
    onRefused: ({code}, what) => it.refused.push(`${what} ${code}`),
    onTrouble: ({message}) => it.troubles.push(message),
    onEnded: () => (it.ended += 1),
    storage,
  });
  t.cleanup(() => it.studio.close());
  it.effects = () => it.store.state().effects;
  it.of = (name) => it.asked.filter((one) => one.name === name).map(({data}) => data);
  return it;
};
const listed = async (t, options) => {
  const it = make(t, options);
  it.studio.entered(off, {anew: false, room: "room"});
  it.studio.list();
  await settle();
  return it;
};

export default {
  "the filters are asked for when somebody looks, and when they are others": async (t) => {
    const it = make(t);
    it.studio.entered(off, {anew: false, room: "room"});
    it.studio.receive("filters-changed", {});
    await settle();
    t.equal(it.of("list-filters").length, 0);
    it.studio.list();
    it.studio.list();
    await settle();
    t.equal([it.of("list-filters").length, it.effects().filters.length], [1, 2]);
    it.studio.receive("filters-changed", {});
    await settle();
    t.equal(it.of("list-filters").length, 2);
  },

  "a list that did not come is asked for again, and a server without effects is not": async (t) => {
    const it = make(t);
    it.refuse = "busy";
    it.studio.list();
    await settle();
    it.refuse = null;
    await it.clock.advance(3_000);
    t.equal(it.effects().filters.length, 2);
    const other = make(t);
    other.refuse = "media-unavailable";
    other.studio.list();
    await settle();
    await other.clock.advance(60_000);
    t.equal([other.of("list-filters").length, other.effects().filters], [1, []]);
  },

  "a list that does not come is given up, which is said until somebody asks again": async (t) => {
    const it = make(t);
    it.refuse = "busy";
    it.studio.list();
    await it.clock.advance(11_000);
    t.equal([it.of("list-filters").length, it.effects().unlisted], [4, false]);
    await it.clock.advance(60_000);
    t.equal([it.of("list-filters").length, it.effects().unlisted, it.effects().filters], [5, true, null]);
    it.refuse = null;
    it.studio.list();
    t.equal(it.effects().unlisted, false);
    await settle();
    t.equal(it.effects().filters.length, 2);
  },

  "a card takes its filter in, and out again": async (t) => {
    const it = await listed(t);
    it.studio.toggle(edges);
    it.studio.toggle(blur);
    t.equal(it.effects().own.video.map(({filter: name}) => name), ["edges", "blur"]);
    it.studio.toggle(edges);
    t.equal(it.effects().own.video.map(({filter: name}) => name), ["blur"]);
  },

  "a full chain takes no other filter in, and says so": async (t) => {
    const nine = Array.from({length: 9}, (_, n) => filter(`f${n}`));
    const it = await listed(t, {filters: nine});
    t.equal(nine.map((one) => it.studio.toggle(one)), [true, true, true, true, true, true, true, true, false]);
    t.equal(it.studio.toggle(nine[0]), true, "out again");
  },

  "nobody gets the bare camera from before the server hears that it is to be hidden": async (t) => {
    const it = await listed(t);
    it.studio.toggle(blur);
    t.equal(it.studio.hidesCamera, false, "a preview hides nothing from others");
    await it.clock.advance(200);
    it.studio.show(true);
    t.equal(it.studio.hidesCamera, true);
    await settle();
    t.equal(it.asked.filter(({name}) => name === "set-effects").at(-1).held, true);
    await it.clock.advance(200);
    it.studio.show(false);
    t.equal(it.studio.hidesCamera, false);
  },

  "coming back with something shown, it is taken for hiding until the filters are known": async (t) => {
    const it = make(t);
    const shown = {video: [{id: "1", filter: "edges", title: "Edges", params: {}}], audio: [], shown: true};
    it.studio.entered(shown, {anew: false, room: "room"});
    t.equal(it.studio.hidesCamera, true);
    await settle();
    t.equal([it.of("list-filters").length, it.studio.hidesCamera], [1, false]);
  },

  "trouble with an effect is said until it is mended, taken out, or dismissed": async (t) => {
    const it = await listed(t);
    it.studio.toggle(edges);
    await settle();
    const [{id}] = it.effects().own.video;
    const trouble = {id, filter: "edges", title: "Edges", kind: "error", message: "m", file: null, line: null, off: false};
    it.studio.receive("effect-trouble", trouble);
    it.studio.receive("effect-trouble", {...trouble, message: "n"});
    t.equal(it.effects().troubles.map(({message}) => message), ["n"]);
    it.studio.receive("effect-mended", {id});
    t.equal(it.effects().troubles, []);
    it.studio.receive("effect-trouble", trouble);
    it.studio.remove(id);
    t.equal(it.effects().troubles, []);
    it.studio.receive("effect-trouble", {...trouble, off: true});
    it.studio.receive("effects-set", {effects: off});
    t.equal(it.effects().troubles.length, 1, "what was switched off is said although it is gone");
    it.studio.toggle(edges);
    t.equal(it.effects().troubles, [], "it is no matter of what was chosen since");
  },

  "what was switched off and still hides is said until it is taken out": async (t) => {
    const it = await listed(t);
    it.studio.toggle(blur);
    const [{id}] = it.effects().own.video;
    it.studio.receive("effect-trouble", {id, filter: "blur", title: "Blur", kind: "error", message: "m", file: null, line: null, off: true});
    it.studio.toggle(edges);
    t.equal(it.effects().troubles.length, 1);
    it.studio.clear();
    t.equal(it.effects().troubles, []);
  },

  "trouble is news once, and again when it is the end of the effect": async (t) => {
    const it = await listed(t);
    it.studio.toggle(edges);
    const [{id}] = it.effects().own.video;
    const trouble = {id, filter: "edges", title: "Edges", kind: "error", file: null, line: null};
    for (const [message, off] of [["1", false], ["2", false], ["3", true]]) it.studio.receive("effect-trouble", {...trouble, message, off});
    t.equal(it.troubles, ["1", "3"]);
  },

  "sound alone needs the server only while others hear it": async (t) => {
    const it = await listed(t, {filters: [filter("echo", {kind: "audio"})]});
    it.studio.toggle(it.filters[0]);
    t.equal(it.studio.needsServer, false);
    it.studio.show(true);
    t.equal(it.studio.needsServer, true);
  },

  "what an earlier call of the tab had goes on: shown in the same room, else as a preview": async (t) => {
    for (const [room, shown] of [["room", true], ["other", false]]) {
      const before = await listed(t);
      before.studio.toggle(edges);
      before.studio.show(true);
      await settle();
      const it = make(t, {storage: before.storage});
      it.studio.entered(off, {anew: false, room});
      t.equal(it.effects().own.video.map(({filter: name}) => name), ["edges"]);
      t.equal([it.effects().own.shown, it.studio.hidesCamera], [shown, false], "that it hides nothing is remembered, too");
      t.equal(it.of("set-effects").length, 1);
    }
  },

  "what hides the camera goes on hiding it, in every room": async (t) => {
    const before = await listed(t);
    before.studio.toggle(blur);
    before.studio.show(true);
    await before.clock.advance(200);
    before.studio.receive("effects-set", {effects: off});
    t.ok(before.studio.isHeld);
    const it = make(t, {storage: before.storage});
    it.studio.entered(off, {anew: false, room: "other"});
    t.equal([it.effects().own.shown, it.studio.hidesCamera, it.studio.mayPublishCamera], [true, true, false]);
    await settle();
    t.equal([it.studio.mayPublishCamera, it.studio.isHeld], [true, false]);
    it.studio.clear();
    const last = make(t, {storage: it.storage});
    last.studio.entered(off, {anew: false, room: "room"});
    t.equal([last.studio.hidesCamera, last.effects().own], [false, off], "until its owner takes it away");
  },

  "a preset never bares who hides: not before the list is there, and not for what it has lost": async (t) => {
    const it = await listed(t, {filters: [blur, edges, filter("mask", {private: true})]});
    it.studio.toggle(blur);
    it.studio.show(true);
    await it.clock.advance(200);
    const names = () => it.effects().own.video.map(({filter: name}) => name);
    const preset = (...filters) => ({name: "P", video: filters.map((one) => ({filter: one, title: one, params: {}})), audio: []});
    const gone = it.studio.use(preset("gone"));
    t.equal([gone.done, gone.gone.map(({title}) => title), names(), it.studio.hidesCamera], [false, ["gone"], ["blur"], true]);
    t.equal([it.studio.use(preset("gone", "edges")).done, names()], [false, ["blur"]], "what is gone may have hidden them");
    t.equal([it.studio.use(preset("gone", "mask")).done, names(), it.studio.hidesCamera], [true, ["mask"], true]);
    const other = make(t, {storage: it.storage});
    other.refuse = "busy";
    other.studio.entered(it.effects().own, {anew: false, room: "room"});
    await settle();
    t.equal([other.studio.use(preset("mask")).unlisted, other.effects().own.video.length], [true, 1]);
    const bare = it.studio.use(preset("edges"));
    t.equal([bare.done, bare.bared, it.studio.hidesCamera], [true, true, false], "with nothing lost, it is their own choice");
  },

  "cleared by mistake, what hid somebody hides them again when that is taken back": async (t) => {
    const it = await listed(t);
    it.studio.toggle(blur);
    it.studio.show(true);
    it.studio.clear();
    t.equal(it.studio.hidesCamera, false);
    it.studio.undo();
    t.equal([it.effects().own.shown, it.studio.hidesCamera], [true, true]);
  },

  "what the server ended is said once, and what hid somebody can hide them again": async (t) => {
    const it = await listed(t);
    it.studio.toggle(edges);
    it.studio.clear();
    t.equal(it.ended, 0, "their own choice");
    it.studio.toggle(blur);
    it.studio.show(true);
    await it.clock.advance(500);
    t.equal(it.effects().again, false);
    it.studio.receive("effects-set", {effects: off});
    it.studio.receive("effects-set", {effects: off});
    t.equal([it.ended, it.effects().held, it.effects().again], [1, true, true]);
    it.studio.hideAgain();
    t.equal([it.effects().own.shown, it.effects().held, it.effects().canUndo], [true, false, false], "a step back would bare them");
    await it.clock.advance(500);
    it.studio.receive("effects-set", {effects: off});
    it.filters = [edges];
    it.studio.receive("filters-changed", {});
    await settle();
    t.equal([it.effects().held, it.effects().again], [true, false], "its filter is gone");
  },

  "captions stand for a few seconds, each as long as the newest": async (t) => {
    const it = await listed(t);
    const says = (text) => it.studio.receive("filter-emitted", {participant_id: "b", filter: "f", kind: "caption", data: {text}});
    const caption = () => it.store.state().captions["b"]?.text;
    says("one");
    await it.clock.advance(4_000);
    says("two");
    await it.clock.advance(4_000);
    t.equal(caption(), "two");
    await it.clock.advance(2_000);
    t.equal(caption(), undefined);
    says("x".repeat(999));
    t.equal(caption().length, 200);
    it.studio.receive("filter-emitted", {participant_id: "c", filter: "f", kind: "detections", data: {boxes: []}});
    t.equal(Object.keys(it.store.state().captions), ["b"]);
  },

  "gains go to the server one at a time for each person, the newest last": async (t) => {
    const it = await listed(t);
    for (let db = 1; db <= 20; db += 1) it.studio.setGain("b", db);
    it.studio.setGain("c", -3);
    await it.clock.advance(500);
    t.equal(it.of("set-gain").map(({participant_id: id, gain_db: db}) => [id, db]), [["b", 1], ["c", -3], ["b", 20]]);
    it.refuse = "not-permitted";
    it.studio.setGain("b", 2);
    await settle();
    t.equal(it.refused, ["gain not-permitted"]);
  },

  "gains that could not be said while the server was away are said when it is back, and refused to nobody": async (t) => {
    const it = await listed(t);
    it.refuse = "offline";
    it.studio.setGain("b", 6);
    await it.clock.advance(500);
    it.studio.setGain("b", 7);
    await it.clock.advance(500);
    t.equal(it.refused, []);
    it.refuse = null;
    const before = it.of("set-gain").length;
    it.studio.entered(off, {anew: false, room: "room"});
    await it.clock.advance(500);
    t.equal(it.of("set-gain").slice(before).map(({gain_db: db}) => db), [7]);
    it.studio.entered(off, {anew: false, room: "room"});
    await it.clock.advance(500);
    t.equal(it.of("set-gain").length, before + 1, "once");
  },

  "costs are forgotten with the effects": async (t) => {
    const it = await listed(t);
    it.studio.toggle(edges);
    await settle();
    const cost = {ms: 3, filters: {}, dropped: 0, delay_ms: 9, fps: 30, width: 2, height: 2, degraded: null, peak_dbfs: null};
    it.studio.receive("effect-cost", {video: cost, audio: null});
    t.equal(it.effects().cost.video.ms, 3);
    it.studio.clear();
    await it.clock.advance(500);
    t.equal(it.effects().cost, {video: null, audio: null});
  },
};
