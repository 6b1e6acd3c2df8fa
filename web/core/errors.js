// Refusals: those of the server carry its codes, ours are "offline" and "unreachable".

/** @typedef {import("./types.js").WireError} WireError */

export class Refusal extends Error {
  /** @param {WireError} error */
  constructor({code, message, retry_after_s}) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.retryAfterS = retry_after_s;
  }

  /** @returns {WireError} */
  toWire() {
    return {code: this.code, message: this.message};
  }
}

/** What the server says when it has no room for our media: it may have later. */
export const NO_ROOM = new Set(["busy", "too-many-streams", "media-unavailable"]);

export const offline = () => new Refusal({code: "offline", message: "There is no connection to the server."});

export const unreachable = () => new Refusal({code: "unreachable", message: "The server cannot be reached."});

/**
 * @param {unknown} error
 * @returns {WireError}
 */
export const wireError = (error) =>
  error instanceof Refusal ? error.toWire() : {code: "internal", message: String(error)};

/** Whether the connection is at fault, not what was asked for. @param {WireError} error */
export const isLost = ({code}) => code === "offline" || code === "not-joined";
