// The HTTP side of rooms: make one, look at one.

import {Refusal, unreachable} from "./errors.js";

const TIMEOUT_MS = 8_000;

/**
 * @param {{title?: string, name?: string}} wishes `name` is the id in the link, where the operator lets people choose
 * @returns {Promise<{id: string, url: string, host_key: string}>}
 */
export const createRoom = (wishes) =>
  ask("/api/rooms", {
    method: "POST",
    headers: {"content-type": "application/json"},
    body: JSON.stringify(wishes),
  });

/**
 * @param {string} id
 * @returns {Promise<{id: string, title: string, capacity: number, people: import("./types.js").LobbyPerson[]}>}
 */
export const lookAtRoom = (id) => ask(`/api/rooms/${encodeURIComponent(id)}`);

/** @returns {Promise<{room_names: boolean}>} */
export const about = () => ask("/api/about");

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>} rejects with a Refusal
 */
const ask = async (path, init) => {
  const response = await fetch(path, {...init, signal: AbortSignal.timeout(TIMEOUT_MS)}).catch(() => {
    throw unreachable();
  });
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw body?.error?.code ? new Refusal(body.error) : unreachable();
};
