// Whether a connection that says it is connected still carries anything: after a change of network the browser finds
// out itself, but only after many seconds.

const FELT_FOR_MS = 3_000;

/**
 * @param {RTCPeerConnection} connection
 * @param {import("./clock.js").Clock} clock
 * @returns {Promise<boolean>} after three seconds, in which the other side answers a check at least
 */
export const hasPulse = async (connection, clock) => {
  const before = await came(connection);
  await new Promise((resolve) => clock.after(FELT_FOR_MS, () => resolve(undefined)));
  return connection.connectionState === "connected" && (await came(connection)) > before;
};

/** @param {RTCPeerConnection} connection */
const came = async (connection) => {
  let count = 0;
  (await connection.getStats()).forEach((entry) => {
    if (entry.type === "candidate-pair") count += (entry.bytesReceived ?? 0) + (entry.responsesReceived ?? 0);
  });
  return count;
};
