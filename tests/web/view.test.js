import {View} from "../../web/core/view.js";
import {FakeClock} from "./fakes.js";

const tile = (id, width = 640) => ({participant_id: id, width, height: 360});
const make = () => {
  const it = {clock: new FakeClock(), told: []};
  it.view = new View({clock: it.clock, tell: async (tiles) => {
    it.told.push(tiles.map(({width}) => width));
    if (it.refuses) throw new Error("busy");
  }});
  return it;
};

export default {
  "at most four times a second, and the last word is said": async (t) => {
    const it = make();
    it.view.open();
    for (let width = 1; width <= 100; width += 1) {
      it.view.show([tile("b", width)]);
      await it.clock.advance(10);
    }
    await it.clock.advance(250);
    t.ok(it.told.length <= 6, `${it.told.length} times in a second`);
    t.equal(it.told.at(-1), [100]);
  },

  "what is known is not said again, and to a new session all of it is": async (t) => {
    const it = make();
    it.view.show([tile("b")]);
    t.equal(it.told, [], "nobody listens yet");
    it.view.open();
    it.view.show([tile("b")]);
    await it.clock.advance(1_000);
    t.equal(it.told, [[640]]);
    it.view.open();
    t.equal(it.told, [[640], [640]]);
  },

  "what was refused is said once more, and no more often than that": async (t) => {
    const it = make();
    it.refuses = true;
    it.view.show([tile("b")]);
    it.view.open();
    await it.clock.advance(5_000);
    t.equal(it.told, [[640], [640], [640]]);
    it.refuses = false;
    await it.clock.advance(20_000);
    t.equal(it.told.length, 4);
    it.refuses = true;
    it.view.show([tile("b", 320)]);
    await it.clock.advance(100);
    it.view.close();
    await it.clock.advance(5_000);
    t.equal(it.told.length, 5);
  },

  "a hidden page shows nobody": async (t) => {
    const it = make();
    it.view.open();
    it.view.show([tile("b")]);
    t.ok(it.view.shows("b") && !it.view.shows("c"));
    await it.clock.advance(250);
    it.view.show([]);
    await it.clock.advance(250);
    t.equal([it.told.at(-1), it.view.shows("b")], [[], false]);
  },

  "a room of hundreds does not make a message that the server refuses": async (t) => {
    const it = make();
    it.view.open();
    it.view.show(Array.from({length: 200}, (_, n) => tile(`p${n}`)));
    await it.clock.advance(250);
    t.equal(it.told.at(-1).length, 64);
  },
};
