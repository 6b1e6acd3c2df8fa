import {dropPreset, keepPreset, MOST_PRESETS, placeFor, readPresets} from "../../web/core/presets.js";
import {keepVolume, readVolumes} from "../../web/core/volumes.js";
import {fakeStorage} from "./fakes.js";

const preset = (name) => ({name, video: [{filter: "edges", params: {low: 1}}], audio: []});

export default {
  "presets are kept by name, the newest last": (t) => {
    const storage = fakeStorage();
    keepPreset(storage, preset("One"));
    keepPreset(storage, preset("Two"));
    keepPreset(storage, {...preset(" One "), video: []});
    t.equal(readPresets(storage).map(({name, video}) => [name, video.length]), [["Two", 1], ["One", 0]]);
    t.equal(dropPreset(storage, "Two").map(({name}) => name), ["One"]);
  },

  "thirty presets are enough, and what is none is left out": (t) => {
    const storage = fakeStorage();
    for (let n = 0; n < 40; n += 1) keepPreset(storage, preset(`${n}`));
    t.equal([readPresets(storage).length, readPresets(storage).at(-1).name], [30, "29"], "what was kept stays");
    for (const broken of ["{", "7", '[{"name": "x"}]', '[{"name": "x", "video": [1], "audio": []}]', "[null]"]) {
      t.equal(readPresets(fakeStorage({"greenroom.presets": broken})), []);
    }
  },

  "before a preset is kept, it is known what becomes of it": (t) => {
    const some = [preset("One"), preset("Two")];
    const thirty = Array.from({length: MOST_PRESETS}, (_, n) => preset(`${n}`));
    t.equal([placeFor(some, "  "), placeFor(some, " One "), placeFor(some, "one")], ["nameless", "replaces", "new"]);
    t.equal([placeFor(thirty, "30"), placeFor(thirty, "29")], ["full", "replaces"]);
    const long = preset("x".repeat(40));
    t.equal(placeFor([long], "x".repeat(60)), "replaces");
  },

  "how loud somebody is heard is kept, as far as it is not as they are": (t) => {
    const storage = fakeStorage();
    t.equal(keepVolume(storage, "a", 0.25), {a: 0.25});
    t.equal(keepVolume(storage, "b", 7), {a: 0.25}, "no louder than they are");
    t.equal(keepVolume(storage, "b", -1), {a: 0.25, b: 0});
    t.equal(keepVolume(storage, "a", 1), {b: 0});
    t.equal(readVolumes(storage), {b: 0});
    t.equal(readVolumes(fakeStorage({"greenroom.volumes": '{"a": "loud", "b": 2}'})), {});
  },
};
