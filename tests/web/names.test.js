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

  "Chinese lists have air between Han and Latin, and only there": (t) => {
    t.equal(inShort(words("zh"), ["Mira", "Chen", "Ada"]), "Mira、Chen 和 Ada");
    t.equal(words("zh").list(["Ada", "小陈"]), "Ada 和小陈");
    t.equal(words("zh").list(["小陈", "小明"]), "小陈和小明");
  },
};
