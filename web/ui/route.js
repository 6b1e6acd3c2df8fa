/** @typedef {import("../core/types.js").State} State */

/** What may be said of the way between us and the others. Pure.
 * @param {Pick<State, "self" | "participants" | "peers">} state
 * @returns {"direct" | "connecting" | null} null when it is not direct for everyone: then nothing is promised
 */
export const route = ({self, participants, peers}) => {
  if (participants.some((one) => one.route !== "direct")) return null;
  const others = participants.filter(({id}) => id !== self);
  const reached = others.length === 0 || others.some(({id}) => peers[id] === "connected");
  return reached ? "direct" : "connecting";
};
