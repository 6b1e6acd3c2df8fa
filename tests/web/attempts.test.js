import {Attempts} from "../../web/core/attempts.js";
import {FakeClock} from "./fakes.js";

const make = () => {
  const it = {clock: new FakeClock(), opened: [], blocked: []};
  it.attempts = new Attempts({
    clock: it.clock,
    open: () => {
      it.opened.push(it.clock.now() - it.began);
      it.attempts.connecting();
    },
    onBlocked: () => it.blocked.push(it.attempts.blocked),
  });
  it.began = it.clock.now();
  return it;
};

export default {
  "one that never connects is made anew more and more rarely, and that is said": async (t) => {
    const it = make();
    it.attempts.start();
    await it.clock.advance(120_000);
    t.equal(it.opened, [0, 10_000, 21_000, 33_000, 47_000, 65_000, 90_000]);
    t.equal(it.blocked, [true]);
    it.attempts.stateChanged("connected");
    t.equal(it.blocked, [true, false]);
    await it.clock.advance(600_000);
    t.equal(it.opened.length, 7);
  },

  "one that worked is made anew at once when it breaks": async (t) => {
    const it = make();
    it.attempts.start();
    it.attempts.stateChanged("connected");
    await it.clock.advance(60_000);
    it.attempts.stateChanged("disconnected");
    await it.clock.advance(1_000);
    it.attempts.stateChanged("connected");
    await it.clock.advance(10_000);
    t.equal(it.opened.length, 1, "it came back by itself");
    it.attempts.stateChanged("disconnected");
    await it.clock.advance(2_000);
    t.equal(it.opened.length, 2);
    t.equal(it.blocked, []);
  },

  "one that breaks again and again is not made anew without end": async (t) => {
    const it = make();
    it.attempts.start();
    for (let n = 0; n < 4; n += 1) {
      it.attempts.stateChanged("connected");
      await it.clock.advance(100);
      it.attempts.failed();
      await it.clock.advance(8_000);
    }
    t.equal(it.opened, [0, 100, 9_200, 18_300, 28_400]);
    t.equal(it.blocked, []);
  },

  "the server may say how long to wait": async (t) => {
    const it = make();
    it.attempts.start();
    it.attempts.failed(5_000);
    await it.clock.advance(4_900);
    t.equal(it.opened.length, 1);
    await it.clock.advance(100);
    t.equal(it.opened.length, 2);
  },

  "reason to hope ends the waiting, and nothing that is on its way": async (t) => {
    const it = make();
    it.attempts.start();
    await it.attempts.networkChanged(() => null);
    t.equal(it.opened.length, 1);
    await it.clock.advance(60_000);
    const before = it.opened.length;
    it.attempts.failed();
    await it.attempts.networkChanged(() => null);
    t.equal(it.opened.length, before + 1);
    it.attempts.stateChanged("connected");
    await it.attempts.networkChanged(() => null);
    t.equal(it.opened.length, before + 1);
    it.attempts.now();
    t.equal(it.opened.length, before + 2);
  },

  "further descriptions give a connection no more time": async (t) => {
    const it = make();
    it.attempts.start();
    for (let n = 0; n < 9; n += 1) {
      await it.clock.advance(1_000);
      it.attempts.connecting();
    }
    await it.clock.advance(1_000);
    t.equal(it.opened, [0, 10_000]);
  },

  "what comes of one that was given up does not count, and a rest is not cut short by it": async (t) => {
    const it = make();
    it.attempts.start();
    it.attempts.stateChanged("connected");
    it.attempts.failed();
    await it.clock.advance(100);
    it.attempts.stateChanged("connected");
    it.attempts.failed();
    it.attempts.stateChanged("failed");
    it.attempts.connecting();
    t.equal(it.opened.length, 2);
    await it.clock.advance(1_000);
    t.equal([it.opened.length, it.blocked], [3, []]);
  },

  "one that the server begins anew has ten seconds again": async (t) => {
    const it = make();
    it.attempts.start();
    it.attempts.stateChanged("connected");
    await it.clock.advance(60_000);
    it.attempts.stateChanged("connecting");
    await it.clock.advance(9_900);
    t.equal(it.opened.length, 1);
    await it.clock.advance(200);
    t.equal(it.opened.length, 2);
  },

  "nothing happens before the start and after the end": async (t) => {
    const it = make();
    it.attempts.failed();
    it.attempts.now();
    it.attempts.stateChanged("failed");
    await it.clock.advance(60_000);
    t.equal(it.opened, []);
    it.attempts.start();
    it.attempts.failed();
    it.attempts.stop();
    await it.clock.advance(60_000);
    t.equal([it.opened.length, it.clock.waiting], [1, 0]);
  },
};
