import {LocalEffects} from "../../web/core/local-effects.js";
import {settle} from "./fakes.js";

const realTrack = () => document.createElement("canvas").captureStream().getVideoTracks()[0];

const make = () => {
  const it = {makers: [], out: [], states: []};
  const maker = (source) => (raw) =>
    new Promise((resolve, reject) => {
      const made = {track: realTrack(), stop: () => (made.stopped = true), stopped: false};
      it.makers.push({source, raw, made, resolve: () => resolve(made), reject});
    });
  it.effects = new LocalEffects({
    make: {microphone: maker("microphone"), camera: maker("camera")},
    deliver: async (source, track) => void it.out.push([source, track]),
    onState: (source, state) => it.states.push(`${source} ${state}`),
  });
  it.last = () => it.out.at(-1)[1];
  return it;
};

export default {
  "what is not wanted changes nothing": async (t) => {
    const it = make();
    const raw = realTrack();
    await it.effects.setTrack("camera", raw);
    t.ok(it.last() === raw && it.effects.track("camera") === raw && it.effects.isBare("camera"));
    t.equal([it.makers.length, it.states], [0, []]);
  },

  "a background that is to be hidden is not sent bare while that starts": async (t) => {
    const it = make();
    await it.effects.setTrack("camera", realTrack());
    await it.effects.want("camera", true);
    t.equal([it.last(), it.effects.track("camera"), it.effects.stream], [null, null, null]);
    it.makers[0].resolve();
    await settle();
    t.ok(it.last() === it.makers[0].made.track, "what was made goes out");
    t.ok(it.effects.stream.getTracks()[0] === it.makers[0].made.track);
    t.equal(it.states, ["camera starting", "camera on"]);
  },

  "another camera is hidden from its first frame on": async (t) => {
    const it = make();
    await it.effects.setTrack("camera", realTrack());
    await it.effects.want("camera", true);
    it.makers[0].resolve();
    await settle();
    await it.effects.setTrack("camera", realTrack());
    t.equal([it.last(), it.makers[0].made.stopped], [null, true]);
    await it.effects.setTrack("camera", null);
    it.makers[1].resolve();
    await settle();
    t.equal([it.last(), it.makers[1].made.stopped], [null, true], "it came too late");
  },

  "what cannot be hidden is not shown, until its owner decides": async (t) => {
    const it = make();
    const raw = realTrack();
    await it.effects.setTrack("camera", raw);
    await it.effects.want("camera", true);
    it.makers[0].reject(new Error("no GPU"));
    await settle();
    t.equal([it.last(), it.states.at(-1)], [null, "camera failed"]);
    await it.effects.want("camera", false);
    t.ok(it.last() === raw);
    t.equal(it.states.at(-1), "camera off");
  },

  "a voice is heard as it is until its noise is gone": async (t) => {
    const it = make();
    const raw = realTrack();
    await it.effects.setTrack("microphone", raw);
    await it.effects.want("microphone", true);
    t.ok(it.last() === raw);
    it.makers[0].reject(new Error("no worklet"));
    await settle();
    t.ok(it.last() === raw);
    await it.effects.want("microphone", false);
    await it.effects.want("microphone", true);
    it.makers[1].resolve();
    await settle();
    t.ok(it.last() === it.makers[1].made.track);
  },
};
