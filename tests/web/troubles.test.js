import {troubleNotice} from "../../web/core/troubles.js";

const device = (problem = null, wanted = true) => ({wanted, live: false, pending: false, problem, deviceId: ""});
const notice = (microphone, camera, about = "microphone") => troubleNotice({microphone, camera}, about);

export default {
  "what works, or is not wanted, needs no notice": (t) => {
    t.equal(notice(device(), device()), null);
    t.equal(notice(device("missing", false), device("missing", false)), null);
  },

  "one sentence says what both have": (t) => {
    t.equal(notice(device("blocked"), device("blocked"), "camera"), "notice.both-blocked");
    t.equal(notice(device("blocked"), device("blocked", false)), "notice.microphone-blocked");
  },

  "of two troubles, the one of the device that was pressed is told": (t) => {
    t.equal(notice(device("busy"), device("missing"), "camera"), "notice.camera-missing");
    t.equal(notice(device("busy"), device("missing"), "microphone"), "notice.microphone-busy");
    t.equal(notice(device(), device("missing"), "microphone"), "notice.camera-missing");
  },
};
