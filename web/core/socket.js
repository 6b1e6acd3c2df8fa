// The only import of socket.io: one object is one connection, which never reconnects by itself.

import {io} from "../vendor/socket.io.js";

const CONNECT_TIMEOUT_MS = 6_000;
const ANSWER_TIMEOUT_MS = 3_000;

/**
 * `closed` is called at most once and never after `close`.
 * @typedef {{opened: () => unknown, closed: () => unknown, fact: (name: string, data: any) => unknown}} SocketEvents
 * @typedef {{emit: (name: string, data: object, answered: (answer: any) => void) => void, close: () => void}} Socket
 * @typedef {(events: SocketEvents, options: {doubtful: boolean}) => Socket} OpenSocket `doubtful`: the server was not
 *   there a moment ago
 */

/** @type {OpenSocket} */
export const openSocket = ({opened, closed, fact}, {doubtful}) => {
  const socket = io("/", {
    transports: ["websocket"],
    autoConnect: false,
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_TIMEOUT_MS,
  });
  let over = false;
  const close = () => {
    over = true;
    socket.disconnect();
  };
  const lost = () => {
    if (over) return;
    close();
    closed();
  };
  socket.on("connect", () => over || opened());
  socket.on("connect_error", lost);
  socket.on("disconnect", lost);
  socket.onAny((name, data) => over || fact(name, data));
  if (doubtful) void isThere().then((there) => over || (there ? socket.connect() : lost()));
  else socket.connect();
  return {emit: (name, data, answered) => void socket.emit(name, data, answered), close};
};

/**
 * Asks by plain HTTP first. Browsers make WebSockets wait, for seconds, after many that failed: a minute of tries would
 * keep us from a server that is back.
 */
const isThere = async () => {
  try {
    const answer = await fetch("/healthz", {cache: "no-store", signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS)});
    return answer.ok;
  } catch {
    return false;
  }
};
