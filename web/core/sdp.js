// The few facts that we read from a session description, RFC 8866 and RFC 8839.

/**
 * The ICE user fragments in a description; with max-bundle there is one.
 * @param {string} sdp
 */
export const ufrags = (sdp) =>
  new Set(Array.from(sdp.matchAll(/^a=ice-ufrag:(\S+)/gm), (match) => /** @type {string} */ (match[1])));

/**
 * The session id of the origin line: another id means another RTCPeerConnection on the other side.
 * @param {string} sdp
 */
export const sessionId = (sdp) => sdp.match(/^o=\S+ (\S+)/m)?.[1] ?? "";

/**
 * The description without candidates: they travel by themselves, counted.
 * @param {string} sdp
 */
export const withoutCandidates = (sdp) => sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, "");
