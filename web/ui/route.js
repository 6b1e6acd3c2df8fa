// What may be said of the ways between us. Pure.

/** @typedef {import("../core/types.js").Participant} Participant */
/** @typedef {import("../core/types.js").Route} Route */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {Pick<State, "self" | "participants" | "peers" | "paths" | "serverPath" | "room" | "effects">} Ways */

const OUT_OF_REACH = new Set(["blocked", "refused"]);

/** Whether anything of someone may be at the server: who has no device sends nothing, as long as we have no way there either.
 * @param {Ways} ways @param {Participant} one
 */
const mayBeThere = ({serverPath}, {tracks}) => serverPath !== "idle" || tracks.length > 0;

/** How someone's media travels as we see it; ours, as the room says, if that can be. Nothing goes no way at all.
 * @param {Ways} ways @param {Participant} one @returns {Route}
 */
export const wayOf = (ways, one) => {
  const {self, paths, serverPath} = ways;
  if (!mayBeThere(ways, one) || (one.id === self && OUT_OF_REACH.has(serverPath))) return "direct";
  return paths[one.id]?.route ?? one.route;
};

/** On which way most of us are: that one is not said of each. @param {Ways} ways @returns {Route} */
export const mainWay = (ways) => {
  const forwarded = ways.participants.filter((one) => wayOf(ways, one) === "forwarded").length;
  return forwarded * 2 > ways.participants.length ? "forwarded" : "direct";
};

/**
 * `direct` is a promise: nothing is at the server; `private`: and nothing may ever be. While a way changes, nothing is
 * promised yet. `preview`: only effects of ours that nobody else sees are made by the server, be it on small pictures.
 * @param {Ways} ways
 * @returns {{kind: "direct" | "private" | "preview" | "connecting" | "forwarded" | "changing" | "blocked" | "refused"} |
 *   {kind: "mixed", n: number, total: number}}
 */
export const route = (ways) => {
  const {self, participants, peers, serverPath, room, effects} = ways;
  const others = participants.filter(({id}) => id !== self);
  const total = participants.length;
  const n = participants.filter((one) => wayOf(ways, one) === "forwarded").length;
  const coming = serverPath === "connecting" && others.length > 0 && !others.some((one) => wayOf(ways, one) === "forwarded");
  if (n > 0 && !coming) return n === total ? {kind: "forwarded"} : {kind: "mixed", n, total};
  if (serverPath === "blocked" || serverPath === "refused") return {kind: serverPath};
  const forwarded = participants.some((one) => mayBeThere(ways, one) && one.route === "forwarded");
  if (serverPath !== "idle" && !forwarded && !effects.own.shown && effects.own.video.length > 0) return {kind: "preview"};
  if (serverPath !== "idle" || forwarded) return {kind: "changing"};
  const reached = others.length === 0 || others.some(({id}) => peers[id] === "connected");
  if (!reached) return {kind: "connecting"};
  if (effects.trying) return {kind: "preview"};
  return {kind: room?.media === "private" ? "private" : "direct"};
};
