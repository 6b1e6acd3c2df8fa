import {Media} from "../../web/core/media.js";
import {fakeStorage, FakeTrack, settle} from "./fakes.js";

/** Devices that open when the test says so. */
const make = ({stored = {}, fail = () => null, secure = true, hold = false, permissions} = {}) => {
  const it = {asked: [], held: [], delivered: [], notices: [], problems: [], state: {microphone: {}, camera: {}}, tracks: [], plugged: null};
  it.fail = fail;
  it.refuseDelivery = null;
  const open = (kind, wanted) => {
    const id = wanted?.deviceId?.exact ?? `default-${kind}`;
    const problem = it.fail(kind, id);
    if (problem) throw new DOMException(problem, problem);
    const track = new FakeTrack(kind, id);
    it.tracks.push(track);
    return track;
  };
  const devices = {
    getUserMedia: async (constraints) => {
      it.asked.push(Object.fromEntries(Object.entries(constraints).map(([kind, one]) => [kind, one.deviceId?.exact ?? ""])));
      if (hold) await new Promise((resolve) => it.held.push(resolve));
      const tracks = [];
      try {
        for (const [kind, one] of Object.entries(constraints)) tracks.push(open(kind, one));
      } catch (error) {
        for (const track of tracks) track.stop();
        throw error;
      }
      return {getTracks: () => tracks};
    },
    enumerateDevices: async () => [
      {kind: "audioinput", deviceId: "m1", label: "M1"},
      {kind: "audioinput", deviceId: "communications", label: ""},
      {kind: "videoinput", deviceId: "c1", label: "C1"},
      {kind: "audiooutput", deviceId: "s1", label: "S1"},
    ],
    addEventListener: (_, listener) => void (it.plugged = listener),
  };
  it.storage = fakeStorage({"greenroom.devices": JSON.stringify(stored)});
  it.media = new Media({
    devices: secure ? devices : undefined,
    permissions,
    storage: it.storage,
    deliver: async (source, track) => {
      it.onDelivery?.(track);
      if (it.refuseDelivery?.(track)) throw new DOMException("no", "InvalidModificationError");
      it.delivered.push(track?.deviceId ?? null);
    },
    onDevice: (source, change) => Object.assign(it.state[source], change),
    onDevices: (lists) => void (it.lists = lists),
    onSpeaker: (id) => void (it.speaker = id),
    onNotice: (source, notice, label) => it.notices.push([source, notice, label]),
    onProblem: (source) => it.problems.push(source),
  });
  // The stable stream takes only real tracks; the fakes are kept in a list of the same shape.
  const inStream = [];
  it.media.stream = {
    getTracks: () => [...inStream],
    addTrack: (track) => inStream.includes(track) || inStream.push(track),
    removeTrack: (track) => void inStream.splice(inStream.indexOf(track), 1),
  };
  it.live = (kind) => it.tracks.filter((track) => track.kind === kind && track.readyState === "live").map(({deviceId}) => deviceId);
  it.release = async (n) => {
    while (!it.held[n]) await settle();
    it.held[n]();
    for (let turn = 0; turn < 5; turn += 1) await settle();
  };
  return it;
};

const missing = (kind) => (wantedKind) => (wantedKind === kind ? "NotFoundError" : null);

export default {
  "both devices are asked for at once and are live": async (t) => {
    const it = make();
    await it.media.start();
    t.equal(it.asked, [{audio: "", video: ""}]);
    t.equal([it.state.microphone.live, it.state.camera.live], [true, true]);
    t.equal(it.lists.microphones, [{deviceId: "m1", label: "M1"}]);
    await it.media.start();
    t.equal(it.asked.length, 1, "starting twice asks once");
  },

  "a device that fails does not take the other with it": async (t) => {
    for (const [kind, source, other] of [["video", "camera", "microphone"], ["audio", "microphone", "camera"]]) {
      const it = make({fail: missing(kind)});
      await it.media.start();
      t.equal([it.state[source].problem, it.state[source].live], ["missing", false]);
      t.equal([it.state[other].problem, it.state[other].live], [null, true]);
    }
  },

  "each refusal has its problem": async (t) => {
    const expected = {
      NotAllowedError: "blocked",
      NotFoundError: "missing",
      OverconstrainedError: "missing",
      NotReadableError: "busy",
      AbortError: "busy",
      TypeError: "failed",
    };
    for (const [name, problem] of Object.entries(expected)) {
      const it = make({fail: () => name});
      await it.media.start();
      t.equal([it.state.microphone.problem, it.state.camera.problem], [problem, problem], name);
      t.equal([it.state.microphone.pending, it.state.camera.pending], [false, false], name);
    }
  },

  "a page that is not secure says so": async (t) => {
    const it = make({secure: false});
    await it.media.start();
    t.equal([it.state.microphone.problem, it.state.camera.problem], ["insecure", "insecure"]);
  },

  "a remembered device is asked for, and another one when it is gone": async (t) => {
    const it = make({stored: {camera: "gone", microphone: "m1"}, fail: (_, id) => (id === "gone" ? "OverconstrainedError" : null)});
    await it.media.start();
    t.equal([it.live("audio"), it.live("video")], [["m1"], ["default-video"]]);
    t.equal(it.state.camera.problem, null);
  },

  "a device that is chosen replaces the one before and is remembered": async (t) => {
    const it = make();
    await it.media.start();
    await it.media.choose("camera", "c2");
    t.equal([it.live("video"), it.delivered.at(-1), it.state.camera.deviceId], [["c2"], "c2", "c2"]);
    t.equal(JSON.parse(it.storage.getItem("greenroom.devices")).camera, "c2");
  },

  "of quick switches the last wins, and nothing stays open": async (t) => {
    const it = make({hold: true});
    const starting = it.media.start();
    await it.release(0);
    await starting;
    const choices = ["c1", "c2", "c3", "c4"].map((id) => it.media.choose("camera", id));
    await it.release(1);
    await it.release(2);
    await Promise.all(choices);
    t.equal(it.asked.slice(1), [{video: "c1"}, {video: "c4"}]);
    t.equal([it.live("video"), it.delivered], [["c4"], ["default-audio", "default-video", "c4"]]);
  },

  "a switch that fails keeps the track that there was, and says so": async (t) => {
    const it = make({fail: (_, id) => (id === "broken" ? "NotReadableError" : null)});
    await it.media.start();
    const before = it.media.track("camera");
    await it.media.choose("camera", "broken");
    t.ok(it.media.track("camera") === before && before.readyState === "live");
    t.equal([it.state.camera.live, it.state.camera.problem, it.state.camera.deviceId], [true, null, "default-video"]);
    t.equal(it.notices, [["camera", "kept", "label of default-video"]]);
    t.equal(JSON.parse(it.storage.getItem("greenroom.devices")).camera, "default-video");
  },

  "a track that the peers do not take gives way to the one before": async (t) => {
    const it = make();
    await it.media.start();
    it.refuseDelivery = (track) => track?.deviceId === "odd";
    await it.media.choose("microphone", "odd");
    t.equal([it.live("audio"), it.delivered.at(-1)], [["default-audio"], "default-audio"]);
    t.equal(it.media.track("microphone").deviceId, "default-audio");
  },

  "a camera is closed whatever the peers say, and can be opened again": async (t) => {
    const it = make();
    await it.media.start();
    it.refuseDelivery = () => true;
    await t.rejects(it.media.want("camera", false));
    t.equal(it.live("video"), []);
    it.refuseDelivery = null;
    await it.media.want("camera", true);
    t.equal([it.live("video"), it.state.camera.live], [["default-video"], true]);
  },

  "a peer that is made while a track is being delivered finds that track": async (t) => {
    const it = make();
    const found = [];
    it.onDelivery = (track) => track && found.push(it.media.track(track.kind === "audio" ? "microphone" : "camera") === track);
    await it.media.start();
    await it.media.choose("camera", "c2");
    t.equal(found, [true, true, true]);
  },

  "a device that is unplugged while it is being delivered is followed by another": async (t) => {
    const it = make();
    await it.media.start();
    it.onDelivery = (track) => {
      if (track?.deviceId !== "c2") return;
      it.onDelivery = null;
      void track.unplug();
    };
    await it.media.choose("camera", "c2");
    await t.eventually(() => it.notices.length === 1);
    t.equal([it.live("video"), it.state.camera.live], [["default-video"], true]);
  },

  "muting keeps the microphone open; a camera that is off is closed": async (t) => {
    const it = make();
    await it.media.start();
    await it.media.want("microphone", false);
    t.equal([it.live("audio"), it.media.track("microphone").enabled, it.state.microphone.live], [["default-audio"], false, false]);
    await it.media.want("camera", false);
    t.equal([it.live("video"), it.delivered.at(-1), it.state.camera.live], [[], null, false]);
    await it.media.want("camera", true);
    t.equal([it.live("video"), it.delivered.at(-1), it.state.camera.live], [["default-video"], "default-video", true]);
  },

  "muting does not wait for a device that is being opened": async (t) => {
    const it = make({hold: true});
    const starting = it.media.start();
    await it.release(0);
    await starting;
    const choosing = it.media.choose("microphone", "m2");
    await settle();
    void it.media.want("microphone", false);
    t.equal([it.media.track("microphone").enabled, it.state.microphone.live], [false, false]);
    await it.release(1);
    await choosing;
    t.equal([it.live("audio"), it.media.track("microphone").enabled], [["m2"], false]);
  },

  "a camera that is switched off while it opens does not stay open": async (t) => {
    const it = make({hold: true});
    const starting = it.media.start();
    await settle();
    const off = it.media.want("camera", false);
    await it.release(0);
    await Promise.all([starting, off]);
    t.equal([it.live("video"), it.state.camera.live, it.state.camera.pending], [[], false, false]);
    t.equal(it.live("audio"), ["default-audio"]);
  },

  "an unplugged device is followed by another": async (t) => {
    const it = make();
    await it.media.start();
    await it.media.choose("microphone", "m2");
    await it.media.track("microphone").unplug();
    t.equal([it.live("audio"), it.state.microphone.live], [["default-audio"], true]);
    t.equal(it.notices, [["microphone", "switched", "label of default-audio"]]);
  },

  "an unplugged device without another leaves nothing, until one is plugged in": async (t) => {
    const it = make();
    await it.media.start();
    it.fail = missing("video");
    await it.media.track("camera").unplug();
    t.equal([it.state.camera.problem, it.state.camera.live, it.delivered.at(-1)], ["missing", false, null]);
    t.equal(it.notices, [["camera", "gone", "label of default-video"]]);
    it.fail = () => null;
    await it.plugged();
    await t.eventually(() => it.state.camera.live);
    t.equal(it.state.camera.problem, null);
  },

  "someone who sent the prompt away is not asked the same again": async (t) => {
    const states = {microphone: "prompt", camera: "prompt"};
    const permissions = {query: async ({name}) => ({state: states[name]})};
    const refused = make({permissions, fail: () => "NotAllowedError"});
    await refused.media.start();
    t.equal(refused.asked.length, 1);
    t.equal([refused.state.microphone.problem, refused.state.camera.problem], ["blocked", "blocked"]);
    await refused.media.want("camera", true);
    t.equal(refused.asked.length, 2, "pressing the button asks again");
  },

  "a microphone that was never asked for is asked for beside a blocked camera": async (t) => {
    const states = {microphone: "prompt", camera: "denied"};
    const permissions = {query: async ({name}) => ({state: states[name]})};
    const it = make({permissions, fail: (kind) => (kind === "video" ? "NotAllowedError" : null)});
    await it.media.start();
    t.equal(it.asked, [{audio: "", video: ""}, {audio: ""}]);
    t.equal([it.state.microphone.live, it.state.camera.problem], [true, "blocked"]);
  },

  "a camera that is blocked for good does not take an allowed microphone with it": async (t) => {
    const states = {microphone: "granted", camera: "denied"};
    for (const query of [async ({name}) => ({state: states[name]}), async () => Promise.reject(new TypeError("no such name"))]) {
      const it = make({permissions: {query}, fail: (kind) => (kind === "video" ? "NotAllowedError" : null)});
      await it.media.start();
      t.equal([it.state.microphone.live, it.state.camera.problem], [true, "blocked"]);
    }
  },

  "a new device does not ask someone who said no again": async (t) => {
    const it = make({fail: () => "NotAllowedError"});
    await it.media.start();
    const asked = it.asked.length;
    await it.plugged();
    await settle();
    t.equal(it.asked.length, asked);
    it.fail = () => null;
    await it.media.retry();
    t.equal([it.state.microphone.live, it.state.camera.live], [true, true]);
  },

  "stopping closes everything and keeps what was wanted": async (t) => {
    const it = make();
    await it.media.start();
    await it.media.want("microphone", false);
    await it.media.stop();
    t.equal([it.live("audio"), it.live("video")], [[], []]);
    await it.media.start();
    t.equal([it.state.microphone.wanted, it.state.microphone.live, it.state.camera.live], [false, false, true]);
  },

  "a speaker that is gone gives way to the default": async (t) => {
    const it = make({stored: {speaker: "gone"}});
    t.equal(it.speaker, "gone");
    await it.media.start();
    t.equal(it.speaker, "");
    it.media.chooseSpeaker("s1");
    t.equal([it.speaker, JSON.parse(it.storage.getItem("greenroom.devices")).speaker], ["s1", "s1"]);
  },
};
