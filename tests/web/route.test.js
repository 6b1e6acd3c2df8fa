import {mainWay, route, wayOf} from "../../web/ui/route.js";

const someone = (id, way = "direct") => ({id, route: way, tracks: [{source: "camera", kind: "video", muted: false}]});
const ways = (others, change = {}) => ({
  self: "me",
  participants: [someone("me", change.own), ...others],
  peers: {},
  paths: {},
  serverPath: "idle",
  room: {id: "r", title: "", capacity: 25, media: "auto"},
  effects: {own: {video: [], audio: [], shown: false}},
  ...change,
});
const effects = (shown) => ({own: {video: [{id: "1", filter: "edges", title: "Edges", params: {}}], audio: [], shown}});

export default {
  "alone, nothing goes anywhere but direct": (t) => {
    t.equal(route(ways([])), {kind: "direct"});
  },

  "nothing is called direct before anyone is reached": (t) => {
    const two = [someone("a"), someone("b")];
    t.equal(route(ways(two, {peers: {a: "connecting", b: "failed"}})), {kind: "connecting"});
    t.equal(route(ways([someone("a")])), {kind: "connecting"});
    t.equal(route(ways(two, {peers: {a: "connecting", b: "connected"}})), {kind: "direct"});
  },

  "a preview is said, and that it is at the server": (t) => {
    const peers = {a: "connected"};
    for (const serverPath of ["connecting", "connected"]) {
      t.equal(route(ways([someone("a")], {peers, serverPath, effects: effects(false)})), {kind: "preview"});
    }
    t.equal(route(ways([someone("a")], {peers, effects: effects(false)})), {kind: "direct"}, "nothing is there yet");
    t.equal(route(ways([someone("a")], {peers, serverPath: "blocked", effects: effects(false)})), {kind: "blocked"});
    t.equal(route(ways([someone("a")], {peers, serverPath: "connecting", effects: effects(true)})), {kind: "changing"});
    const sound = {own: {...effects(false).own, video: [], audio: effects(false).own.video}};
    t.equal(route(ways([someone("a")], {peers, effects: sound})), {kind: "direct"}, "nobody previews sound");
  },

  "cards that are tried on the camera are at the server, too": (t) => {
    const trying = {own: {video: [], audio: [], shown: false}, trying: true};
    t.equal(route(ways([someone("a")], {peers: {a: "connected"}, effects: trying})), {kind: "preview"});
    t.equal(route(ways([], {effects: trying})), {kind: "preview"}, "alone as well");
    t.equal(route(ways([someone("a")], {effects: trying})), {kind: "connecting"}, "which promises nothing");
  },

  "a private room is called that": (t) => {
    const room = {id: "r", title: "", capacity: 25, media: "private"};
    t.equal(route(ways([someone("a")], {peers: {a: "connected"}, room})), {kind: "private"});
  },

  "who goes by the server is counted, and all of them are all": (t) => {
    const peers = {a: "connected", b: "connected"};
    t.equal(route(ways([someone("a"), someone("b", "forwarded")], {peers})), {kind: "mixed", n: 1, total: 3});
    t.equal(route(ways([someone("a", "forwarded")], {own: "forwarded"})), {kind: "forwarded"});
  },

  "a way that is only meant is none yet": (t) => {
    const paths = {a: {route: "direct", changing: true}};
    const meant = {own: "forwarded", peers: {a: "connected"}, paths};
    const meantOnly = (serverPath) => route(ways([someone("a", "forwarded")], {...meant, serverPath}));
    t.equal(meantOnly("connecting"), {kind: "changing"});
    t.equal(meantOnly("blocked"), {kind: "blocked"});
    t.equal(meantOnly("refused"), {kind: "refused"});
    t.equal(meantOnly("connected"), {kind: "mixed", n: 1, total: 2});
    t.equal(wayOf(ways([], {...meant, serverPath: "blocked"}), someone("me", "forwarded")), "direct");
  },

  "direct is promised only when nothing is at the server any more": (t) => {
    const peers = {a: "connected"};
    const shown = ways([someone("a")], {peers, paths: {a: {route: "forwarded", changing: true}}});
    t.equal(route(shown), {kind: "mixed", n: 1, total: 2});
    t.equal(route(ways([someone("a")], {peers, serverPath: "connected"})), {kind: "changing"});
  },

  "who has nothing to send goes by no server, whatever is shown of them": (t) => {
    const silent = {...someone("a", "forwarded"), tracks: []};
    t.equal(route(ways([silent], {peers: {a: "connected"}})), {kind: "direct"});
    t.equal(route({...ways([someone("a")], {peers: {a: "connected"}}), participants: [{...silent, id: "me"}, someone("a")]}), {kind: "direct"});
    t.equal(wayOf(ways([]), silent), "direct");
    const connected = ways([silent], {peers: {a: "connected"}, serverPath: "connected"});
    t.equal(route(connected), {kind: "mixed", n: 1, total: 2}, "a way to the server promises nothing");
  },

  "the way of most is not said of each": (t) => {
    t.equal(mainWay(ways([someone("a", "forwarded")])), "direct");
    t.equal(mainWay(ways([someone("a", "forwarded"), someone("b", "forwarded")])), "forwarded");
    t.equal(wayOf({paths: {a: {route: "direct", changing: true}}}, someone("a", "forwarded")), "direct");
  },
};
