import {isRoomName, roomName} from "../../web/ui/room-name.js";

export default {
  "what people type becomes a name for the link": (t) => {
    t.equal(roomName("  Design  Review 2 "), "design-review-2");
    t.equal(roomName("stand-up"), "stand-up");
  },

  "only what the server takes is a name": (t) => {
    for (const name of ["abc", "design-review-2", "2-late", "x".repeat(64)]) t.equal(isRoomName(name), true, name);
    for (const name of ["", "ab", "-ab", "设计", "a_b", "caf\u00e9", "x".repeat(65)])
      t.equal(isRoomName(name), false, name);
  },
};
