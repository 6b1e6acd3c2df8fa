import {said} from "../../web/ui/effect-troubles.js";
import {words} from "../../web/ui/words.js";

const trouble = (change) => ({
  id: "1", filter: "mask.mask", title: "Mask", kind: "broken-file", message: "Words of the server.", file: null, line: null,
  off: false, ...change,
});

export default {
  "a filter that is gone is told in the language of the page": (t) => {
    for (const locale of ["en", "zh"]) {
      const {title, detail} = said(words(locale), trouble({}), "trouble.off.shown");
      t.equal([title.includes("Mask"), `${title} ${detail}`.includes("Words of the server")], [true, false]);
    }
  },

  "what is wrong with a file is told in the words of its error, at its line": (t) => {
    const {title, detail} = said(words("zh"), trouble({file: "mask.py", line: 3, message: "invalid syntax"}), "trouble.off.shown");
    t.equal([title.includes("mask.py"), title.includes("3"), detail.includes("invalid syntax")], [true, true, true]);
  },
};
