import * as chain from "../../web/core/chain.js";
import {OwnEffects} from "../../web/core/effects.js";
import {Refusal} from "../../web/core/errors.js";
import {FakeClock, settle} from "./fakes.js";

const effect = (id, change = {}) => ({id, filter: "edges", title: "Edges", params: {low: 1}, ...change});
const of = (...video) => ({video, audio: [], shown: false});

const make = (t) => {
  const it = {clock: new FakeClock(), asked: [], changes: 0, refused: []};
  it.effects = new OwnEffects({
    clock: it.clock,
    request: (name, data) => new Promise((resolve, reject) => it.asked.push({name, data, resolve, reject})),
    onChange: () => (it.changes += 1),
    onRefused: ({code}) => it.refused.push(code),
  });
  t.cleanup(() => it.effects.close());
  it.low = (low) => it.effects.change(chain.withParams(it.effects.own, "1", {low}), "1 low");
  /** The server takes the oldest request that it has not answered. */
  it.take = async (change = (effects) => effects) => {
    const one = it.asked.find(({done}) => !done);
    one.done = true;
    const titled = one.data.video.map((each) => ({...each, title: "Edges"}));
    one.resolve({effects: change({...one.data, video: titled})});
    await settle();
  };
  it.refuse = async (code) => {
    const one = it.asked.find(({done}) => !done);
    one.done = true;
    one.reject(new Refusal({code, message: ""}));
    await settle();
  };
  it.sent = () => it.asked.map(({data}) => data.video.map(({params}) => params.low));
  return it;
};

export default {
  "a choice stands at once, and the server hears of it": async (t) => {
    const it = make(t);
    it.effects.change(of(effect("1")));
    t.equal(it.effects.own.video.length, 1);
    t.equal(it.asked.map(({name, data}) => [name, data]), [
      ["set-effects", {video: [{id: "1", filter: "edges", params: {low: 1}}], audio: [], shown: false}],
    ]);
    await it.take();
    t.equal(it.effects.saved, it.effects.own);
  },

  "of a slider that moves, the server gets eight values a second, and the last one": async (t) => {
    const it = make(t);
    it.effects.change(of(effect("1")));
    for (let n = 2; n <= 101; n += 1) {
      it.low(n);
      await it.clock.advance(10);
      if (it.asked.some(({done}) => !done)) await it.take();
    }
    await it.clock.advance(1_000);
    if (it.asked.some(({done}) => !done)) await it.take();
    t.ok(it.asked.length <= 10, `${it.asked.length} in a second`);
    t.equal(it.sent().at(-1), [101]);
    t.equal(it.effects.saved.video[0].params.low, 101);
  },

  "while one is on its way, only the newest of what follows is sent": async (t) => {
    const it = make(t);
    it.effects.change(of(effect("1")));
    it.low(2);
    it.low(3);
    await it.clock.advance(5_000);
    t.equal(it.sent(), [[1]]);
    await it.take();
    t.equal(it.sent(), [[1], [3]]);
    t.equal(it.effects.own.video[0].params.low, 3, "the late answer to the first takes nothing back");
  },

  "what the server makes of a choice is taken over": async (t) => {
    const it = make(t);
    it.effects.change(of(effect("1", {params: {low: 1.26}})));
    await it.take((effects) => ({...effects, video: [{...effects.video[0], params: {low: 1}}]}));
    t.equal(it.effects.own.video[0].params.low, 1);
  },

  "what is refused goes back to what the server has": async (t) => {
    const it = make(t);
    it.effects.change(of(effect("1")));
    await it.take();
    it.effects.change(of(effect("1"), effect("2", {filter: "gone"})));
    await it.clock.advance(200);
    await it.refuse("unknown-filter");
    t.equal([it.effects.own.video.length, it.refused], [1, ["unknown-filter"]]);
  },

  "what could not be said while the server was away is said when it is back": async (t) => {
    const it = make(t);
    it.effects.change(of(effect("1")));
    await it.refuse("offline");
    t.equal([it.effects.own.video.length, it.refused], [1, []]);
    it.effects.entered(chain.noEffects(), {anew: false});
    t.equal(it.asked.length, 2);
    await it.take();
    t.equal(it.effects.saved.video.length, 1);
  },

  "after a reload, what the server has is what we have": async (t) => {
    const it = make(t);
    it.effects.entered(of(effect("1")), {anew: false});
    t.equal([it.effects.own.video.length, it.asked.length, it.effects.canUndo], [1, 0, false]);
  },

  "as somebody new, we go on with what we had": async (t) => {
    const it = make(t);
    it.effects.entered({...of(effect("1")), shown: true}, {anew: false});
    it.effects.entered(chain.noEffects(), {anew: true});
    t.equal([it.effects.own.shown, it.asked.length], [true, 1]);
  },

  "an effect that the server switched off is gone, whatever moves meanwhile": async (t) => {
    const it = make(t);
    it.effects.entered(of(effect("1"), effect("2")), {anew: false});
    it.effects.changed(of(effect("1")));
    t.equal(it.effects.own.video.map(({id}) => id), ["1"]);
    it.effects.entered(of(effect("1"), effect("2")), {anew: false});
    it.low(7);
    it.effects.changed(of(effect("1")));
    t.equal(it.effects.own.video.map(({id, params}) => [id, params.low]), [["1", 7]]);
  },

  "the moves of one slider are taken back together": async (t) => {
    const it = make(t);
    it.effects.change(of(effect("1")));
    for (const low of [2, 3, 4]) it.low(low);
    await it.clock.advance(2_000);
    it.low(9);
    it.effects.undo();
    t.equal(it.effects.own.video[0].params.low, 4);
    it.effects.undo();
    t.equal(it.effects.own.video[0].params.low, 1);
    it.effects.undo();
    t.equal([it.effects.own.video.length, it.effects.canUndo], [0, false]);
    it.effects.undo();
  },

  "undoing shows nothing that is not shown, and nothing from before it was": async (t) => {
    const it = make(t);
    const blur = effect("2", {filter: "blur"});
    it.effects.change(of(effect("1")));
    it.effects.change(of(effect("1"), blur));
    it.effects.show(true);
    t.equal(it.effects.canUndo, false, "a step back would show what was hidden");
    it.effects.show(false);
    t.equal(it.effects.canUndo, false, "who sees them is no step");
  },

  "what was shown when it was taken away is shown again, unless its owner has hidden it since": (t) => {
    const it = make(t);
    it.effects.change(of(effect("1")));
    it.effects.show(true);
    it.effects.change(chain.noEffects());
    it.effects.undo();
    t.equal([it.effects.own.video.length, it.effects.own.shown], [1, true]);
    it.effects.change({...of(effect("1"), effect("2")), shown: true});
    it.effects.show(false);
    it.effects.undo();
    t.equal([it.effects.own.video.length, it.effects.own.shown], [1, false]);
  },

  "what the server ended comes back by undoing, seen by its owner alone": (t) => {
    for (const ended of ["changed", "entered"]) {
      const it = make(t);
      it.effects.entered({...of(effect("1")), shown: true}, {anew: false});
      it.effects[ended](chain.noEffects(), {anew: false});
      t.equal([it.effects.own.video.length, it.effects.canUndo], [0, true]);
      it.effects.undo();
      t.equal([it.effects.own.video.length, it.effects.own.shown], [1, false]);
    }
  },
};
