import {Takers} from "../../web/core/takers.js";
import {FakeClock, participant} from "./fakes.js";

const make = (others, ownRoute) => {
  const it = {clock: new FakeClock(), over: 0};
  it.takers = new Takers({clock: it.clock, onOver: () => (it.over += 1)});
  it.takers.sync(others, ownRoute);
  return it;
};
const all = () => true;
const none = () => false;

export default {
  "who came later takes what we had then": (t) => {
    const {takers} = make([participant("b")], "direct");
    takers.sync([participant("b"), participant("c")], "forwarded");
    t.equal([takers.route("b"), takers.route("c")], ["direct", "forwarded"]);
    takers.sync([participant("b", {generation: 2})], "forwarded");
    t.equal([takers.route("b"), takers.route("c")], ["forwarded", "direct"]);
  },

  "nobody is waited for who took the direct way": (t) => {
    const {takers} = make([participant("b"), participant("c")], "forwarded");
    const others = [participant("b"), participant("c")];
    t.ok(takers.stillNeedServer(others, none));
    takers.took("b", "direct");
    t.ok(takers.stillNeedServer(others, all));
    takers.took("c", "direct");
    t.ok(!takers.stillNeedServer(others, all));
  },

  "who is away is not waited for": (t) => {
    const {takers} = make([participant("b")], "forwarded");
    t.ok(!takers.stillNeedServer([participant("b", {presence: "reconnecting"})], none));
  },

  "who is reached and does not say so has ten seconds": async (t) => {
    const others = [participant("b")];
    const it = make(others, "forwarded");
    await it.clock.advance(60_000);
    t.ok(it.takers.stillNeedServer(others, none), "it cannot take what does not reach it");
    t.ok(it.takers.stillNeedServer(others, all));
    await it.clock.advance(9_000);
    t.ok(it.takers.stillNeedServer(others, all));
    t.equal(it.over, 0);
    await it.clock.advance(1_000);
    t.equal(it.over, 1);
    t.ok(!it.takers.stillNeedServer(others, all));
    it.takers.reset();
    t.ok(it.takers.stillNeedServer(others, all), "the next time begins anew");
  },
};
