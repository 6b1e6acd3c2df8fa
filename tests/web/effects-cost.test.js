import {codecMs, measured} from "../../web/ui/effects-cost.js";

const cost = (ms, filters) => ({ms, filters, dropped: 0, delay_ms: 9, fps: 30, width: 2, height: 2, degraded: null, peak_dbfs: null});
const camera = (live) => ({wanted: true, live, pending: false, problem: null, deviceId: ""});

export default {
  "what the effects of a chain do not take, decoding and encoding take": (t) => {
    t.equal(codecMs(cost(12, {a: 3, b: 2.5})), 6.5);
    t.equal(codecMs(cost(12, {a: 13})), 0, "each is a mean of its own");
    t.equal(codecMs(cost(12, {})), null);
  },

  "of a camera that is off, nothing is measured": (t) => {
    const both = {video: cost(1, {}), audio: cost(2, {})};
    t.equal(measured(both, camera(true)), both);
    t.equal(measured(both, camera(false)), {video: null, audio: both.audio});
  },
};
