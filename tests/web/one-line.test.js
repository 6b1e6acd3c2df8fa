import {oneLine} from "../../web/ui/one-line.js";

export default {
  "spaces of any width, tabs and ends of lines become plain spaces": (t) => {
    t.equal(oneLine("你好\u3000世界"), "你好 世界");
    t.equal(oneLine("25\u202fkm\u00a0or\tso"), "25 km or so");
    t.equal(oneLine("a\u2028b\r\nc"), "a b  c");
  },

  "what nobody sees is left out, but for what joins letters and emoji": (t) => {
    t.equal(oneLine("\u200fשלום\u200e co\u00adop\u200b\ufeff"), "שלום coop ");
    t.equal(oneLine("می\u200cخواهم 👩\u200d💻"), "می\u200cخواهم 👩\u200d💻");
    t.equal(oneLine("\u0000a\ud800b\ue000"), "ab");
  },
};
