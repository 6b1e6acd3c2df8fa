import {CardPreviews, mayTry} from "../../web/core/card-previews.js";
import {Refusal} from "../../web/core/errors.js";
import {FakeClock, settle} from "./fakes.js";

const NAMES = Array.from({length: 9}, (_, n) => `filter-${n}`);

const make = (t) => {
  const it = {clock: new FakeClock(), asked: [], live: [], drawn: 0, frame: {data: "frame", still: false}};
  it.previews = new CardPreviews({
    clock: it.clock,
    request: (name, data) => new Promise((resolve, reject) => it.asked.push({name, data, resolve, reject})),
    onLive: (live) => it.live.push([live, it.asked.length]),
  });
  it.previews.on(() => (it.drawn += 1));
  t.cleanup(() => it.previews.stop());
  it.show = (names = NAMES) => it.previews.show(names, () => it.frame);
  it.answer = async () => {
    const {data, resolve} = it.asked.at(-1);
    resolve({pictures: Object.fromEntries(data.filters.map((name) => [name, `made-${name}`]))});
    await settle();
  };
  return it;
};

export default {
  "six filters at a time, twice a second, those that waited longest first": async (t) => {
    const it = make(t);
    it.show();
    t.equal(it.asked[0].data, {image: "frame", filters: NAMES.slice(0, 6)});
    await it.clock.advance(2_000);
    t.equal(it.asked.length, 1, "one on its way at a time");
    await it.answer();
    t.equal(it.asked[1].data.filters, [...NAMES.slice(6), ...NAMES.slice(0, 3)]);
    t.equal([it.previews.picture("filter-0"), it.drawn], ["data:image/jpeg;base64,made-filter-0", 1]);
    await it.answer();
    t.equal(it.asked.length, 2, "not before half a second has passed");
    await it.clock.advance(500);
    t.equal(it.asked.length, 3);
  },

  "nothing is asked for while nobody looks": async (t) => {
    const it = make(t);
    it.show();
    it.previews.stop();
    await it.answer();
    await it.clock.advance(5_000);
    t.equal(it.asked.length, 1);
    it.show(["filter-8"]);
    t.equal(it.asked[1].data.filters, ["filter-8"]);
  },

  "a picture that stays the same is tried once": async (t) => {
    const it = make(t);
    it.frame = {data: "frame", still: true};
    it.show(NAMES.slice(0, 2));
    await it.answer();
    await it.clock.advance(5_000);
    t.equal(it.asked.length, 1);
    it.frame = {data: "frame", still: false};
    await it.clock.advance(500);
    t.equal(it.asked.length, 2, "the camera is on");
  },

  "it is said that the camera goes to the server, before it does, and when it does no more": async (t) => {
    const it = make(t);
    it.frame = {data: "frame", still: true};
    it.show(["filter-0"]);
    await it.answer();
    t.equal(it.live, [], "a picture that comes with the page is nobody's");
    it.frame = {data: "frame", still: false};
    await it.clock.advance(500);
    t.equal([it.live, it.asked.length], [[[true, 1]], 2]);
    it.previews.stop();
    t.equal(it.live.map(([live]) => live), [true, false]);
  },

  "nobody's camera is tried in a room that is direct, nor while it is held back": (t) => {
    const may = (media, held) => mayTry({room: {media}, effects: {held}});
    t.equal([may("auto", false), may("forwarded", false), may("mesh", false), may("auto", true)], [true, true, false, false]);
  },

  "a server that has no time is left alone for a while": async (t) => {
    const it = make(t);
    it.show();
    it.asked[0].reject(new Refusal({code: "busy", message: ""}));
    await settle();
    await it.clock.advance(2_000);
    t.equal(it.asked.length, 1);
    await it.clock.advance(1_500);
    t.equal(it.asked.length, 2);
  },

  "without a frame, it is looked for again": async (t) => {
    const it = make(t);
    it.frame = null;
    it.show();
    t.equal(it.asked.length, 0);
    it.frame = {data: "x".repeat(24_001), still: false};
    await it.clock.advance(600);
    t.equal(it.asked.length, 0, "too large for the server");
    it.frame = {data: "frame", still: false};
    await it.clock.advance(600);
    t.equal(it.asked.length, 1);
  },
};
