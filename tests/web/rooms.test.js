import {Rooms} from "../../web/core/rooms.js";
import {Store} from "../../web/core/store.js";

export default {
  "a name is cut between characters, not within one": (t) => {
    const store = new Store();
    const rooms = new Rooms({store});
    rooms.setName("a" + "🎭".repeat(70));
    t.equal(store.state().name, "a" + "🎭".repeat(59));
  },
};
