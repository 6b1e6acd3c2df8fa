import {Publisher, tracksOf} from "../../web/core/publisher.js";
import {settle} from "./fakes.js";

const device = (change = {}) => ({wanted: true, live: true, pending: false, problem: null, deviceId: "", ...change});

const make = () => {
  const it = {requests: [], devices: {microphone: device(), camera: device()}};
  it.publisher = new Publisher({
    devices: () => it.devices,
    request: (name, data) => new Promise((resolve, reject) => it.requests.push({said: [name, data.source, data.muted], resolve, reject})),
  });
  it.said = () => it.requests.map(({said}) => said);
  it.answer = async () => {
    it.requests.at(-1).resolve({});
    await settle();
  };
  return it;
};

const both = [{source: "microphone", muted: false}, {source: "camera", muted: false}];

export default {
  "devices that do not work are no tracks": async (t) => {
    const devices = {microphone: device({live: false, problem: "missing"}), camera: device({live: false})};
    t.equal(tracksOf(devices), [{source: "camera", muted: true}]);
  },

  "what the server knows already is not said": async (t) => {
    const it = make();
    await it.publisher.entered(both);
    t.equal(it.said(), []);
  },

  "of quick changes the last is said": async (t) => {
    const it = make();
    void it.publisher.entered(both);
    for (const live of [false, true, false, true, false]) {
      it.devices.microphone = device({live});
      void it.publisher.update();
    }
    await it.answer();
    t.equal(it.said(), [["set-track", "microphone", true]]);
    it.devices.microphone = device({live: true});
    void it.publisher.update();
    await it.answer();
    t.equal(it.said().at(-1), ["set-track", "microphone", false]);
  },

  "a device that is gone is taken back, one that came is added": async (t) => {
    const it = make();
    await it.publisher.entered(both);
    it.devices = {...it.devices, camera: device({live: false, problem: "missing"})};
    void it.publisher.update();
    await it.answer();
    it.devices = {...it.devices, camera: device()};
    void it.publisher.update();
    await it.answer();
    t.equal(it.said(), [["remove-track", "camera", undefined], ["set-track", "camera", false]]);
  },

  "what was not heard is said after coming back": async (t) => {
    const it = make();
    await it.publisher.entered(both);
    it.devices.camera = device({live: false});
    void it.publisher.update();
    it.requests[0].reject(new Error("offline"));
    await settle();
    void it.publisher.entered(both);
    t.equal(it.said(), [["set-track", "camera", true], ["set-track", "camera", true]]);
  },
};
