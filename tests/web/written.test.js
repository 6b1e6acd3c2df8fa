import {isWritten, writes} from "../../web/ui/written.js";

const filter = (name, category) => ({name, title: name, kind: "video", category, origin: "file", params: []});
const effect = (name) => ({id: name, filter: name, title: name, params: {}});

export default {
  "text and the names of what was found are to be read": (t) => {
    for (const category of ["text", "detect"]) t.ok(writes("own.filter", filter("own.filter", category)), category);
    t.equal(writes("own.filter", filter("own.filter", "look")), false);
  },

  "what comes with Greenroom is known before there is a list": (t) => {
    t.ok(isWritten([effect("sepia"), effect("detect-objects")], null));
    t.equal(isWritten([effect("sepia")], null), false);
  },
};
