import {emptyChat, reduceChat} from "../../web/core/chat-state.js";
import {noteKey, notesAfter} from "../../web/ui/timeline.js";

const came = (n) => ({kind: "joined", id: `p${n}`, name: `P${n}`, at: n});

export default {
  "who comes is news after any number of comings": (t) => {
    let chat = emptyChat();
    let seen = null;
    for (let n = 0; n < 450; n += 1) {
      chat = reduceChat(chat, {type: "noted", note: came(n)});
      t.equal(notesAfter(chat.notes, seen), [came(n)], `after ${n}`);
      seen = noteKey(chat.notes.at(-1));
      t.equal(notesAfter(chat.notes, seen), []);
    }
  },

  "when what was seen is no longer kept, all that is kept is news": (t) => {
    t.equal(notesAfter([came(5), came(6)], noteKey(came(1))).length, 2);
    t.equal(notesAfter([], null), []);
  },
};
