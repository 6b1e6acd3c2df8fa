import {inShort} from "../../web/ui/names.js";
import {words} from "../../web/ui/words.js";

const crowd = ["Mira Okafor", "Chen Wei", "Ada Mensah", "Omar Haddad", "Tomas"];

export default {
  "up to four are named, by their first names": (t) => {
    t.equal(inShort(words("en"), crowd.slice(0, 1)), "Mira");
    t.equal(inShort(words("en"), crowd.slice(0, 4)), "Mira, Chen, Ada and Omar");
  },

  "of more, three are named and the others counted": (t) => {
    t.equal(inShort(words("en"), crowd), "Mira, Chen, Ada and 2 others");
  },
};
