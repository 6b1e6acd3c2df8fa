import {saying} from "../../web/ui/effects-say.js";

const device = (live) => ({wanted: true, live, pending: false, problem: null, deviceId: ""});
const edges = {id: "1", filter: "edges", title: "Edges", params: {}};
const said = ({video = [], audio = [], shown = false, trying = false, filters = [], camera = true, microphone = true}) =>
  saying({effects: {own: {video, audio, shown}, trying, filters}, camera: device(camera), microphone: device(microphone)})?.says;

export default {
  "what is tried on the camera is said, and nothing before there is something to pick": (t) => {
    t.equal([said({}), said({trying: true}), said({filters: null})], ["effects.say.none", "effects.say.trying", undefined]);
  },

  "who shows what no device sends is told": (t) => {
    t.equal(said({video: [edges], shown: true}), undefined);
    t.equal(said({video: [edges], shown: true, camera: false}), "effects.say.no-camera");
    t.equal(said({audio: [edges], shown: true, camera: false}), undefined);
    t.equal(said({audio: [edges], shown: true, microphone: false}), "effects.say.no-microphone");
    t.equal([said({video: [edges]}), said({audio: [edges]})], ["effects.say.preview", "effects.say.sound"]);
  },
};
