// Who has the floor: one answer from our own levels and, for those who come by the server, from its word. Pure.

/** @typedef {import("./types.js").State} State */
/** @typedef {Pick<State, "activeSpeaker" | "loudest" | "speaking" | "self" | "participants" | "paths">} Floor */

/**
 * Somebody's voice began or ended, somebody left, or travels otherwise now. Who speaks keeps the floor; after them it
 * is whoever speaks; in silence it is who spoke last.
 * @param {Floor} floor
 * @returns {string | null}
 */
export const nextSpeaker = (floor) => {
  const {activeSpeaker, participants} = floor;
  if (activeSpeaker !== null && isVoice(floor, activeSpeaker)) return activeSpeaker;
  const next = participants.find(({id}) => isVoice(floor, id));
  if (next) return next.id;
  return participants.some(({id}) => id === activeSpeaker) ? activeSpeaker : null;
};

/**
 * The server names another one. It does not know of those who travel directly, so one of those who speaks goes on.
 * @param {Floor} floor with the new `loudest`
 */
export const namedSpeaker = (floor) => {
  const {activeSpeaker, loudest, participants} = floor;
  const heardHere = activeSpeaker !== null && isHeardHere(floor, activeSpeaker) && floor.speaking[activeSpeaker] === true;
  if (heardHere || !participants.some(({id}) => id === loudest)) return nextSpeaker(floor);
  return loudest;
};

/**
 * Among those who come by the server, only the one that it names: it has steadied what we hear in pieces.
 * @param {Floor} floor
 * @param {string} id
 */
const isVoice = (floor, id) =>
  floor.speaking[id] === true && (id === floor.loudest || isHeardHere(floor, id));

/**
 * @param {Floor} floor
 * @param {string} id
 */
const isHeardHere = ({self, paths, participants}, id) =>
  participants.some((one) => one.id === id) && (id === self || (paths[id]?.route ?? "direct") === "direct");
