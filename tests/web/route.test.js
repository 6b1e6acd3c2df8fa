import {route} from "../../web/ui/route.js";

const someone = (id, way = "direct") => ({id, route: way});
const seen = (others, peers) => route({self: "me", participants: [someone("me"), ...others], peers});

export default {
  "alone, nothing goes anywhere but direct": (t) => {
    t.equal(seen([], {}), "direct");
  },

  "nothing is called direct before anyone is reached": (t) => {
    t.equal(seen([someone("a"), someone("b")], {a: "connecting", b: "failed"}), "connecting");
    t.equal(seen([someone("a")], {}), "connecting");
    t.equal(seen([someone("a"), someone("b")], {a: "connecting", b: "connected"}), "direct");
  },

  "one route that is not direct takes the words away": (t) => {
    t.equal(seen([someone("a"), someone("b", "server")], {a: "connected", b: "connected"}), null);
  },
};
