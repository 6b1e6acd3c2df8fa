// What somebody sends to whoever looks after the server: numbers and codes, no names. Pure.

/** @typedef {import("../core/statistics.js").Statistics} Statistics */
/** @typedef {import("../core/types.js").State} State */

/**
 * @param {State} state
 * @param {Statistics | undefined} statistics
 * @param {string} browser
 */
export const report = (state, statistics, browser) => {
  const numbers = new Map(state.participants.map(({id}, n) => [id, n + 1]));
  const {at, sending, receiving = [], lost, roundTripMs} = statistics ?? {};
  const people = state.participants.map(({id, route, route_reason: reason, presence}) => ({
    number: numbers.get(id),
    self: id === state.self,
    route,
    reason,
    presence,
    shown: state.paths[id]?.route,
    connection: state.peers[id],
    quality: state.quality[id],
    receiving: receiving.filter((one) => one.id === id).map(({id: _, ...rest}) => rest)[0],
  }));
  const facts = {
    at: at === undefined ? null : new Date(at).toISOString(),
    browser,
    media: state.room?.media,
    link: state.link,
    serverPath: state.serverPath,
    lost,
    roundTripMs,
    sending,
    people,
  };
  return JSON.stringify(facts, null, 2);
};
