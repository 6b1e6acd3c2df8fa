// The only import of socket.io: one object is one connection, which never reconnects by itself.

import {io} from "../vendor/socket.io.js";

const CONNECT_TIMEOUT_MS = 4_000;

/**
 * `closed` is called at most once and never after `close`.
 * @typedef {{opened: () => unknown, closed: () => unknown, fact: (name: string, data: any) => unknown}} SocketEvents
 * @typedef {{emit: (name: string, data: object, answered: (answer: any) => void) => void, close: () => void}} Socket
 * @typedef {(events: SocketEvents) => Socket} OpenSocket
 */

/** @type {OpenSocket} */
export const openSocket = ({opened, closed, fact}) => {
  const socket = io("/", {transports: ["websocket"], reconnection: false, forceNew: true, timeout: CONNECT_TIMEOUT_MS});
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
  return {emit: (name, data, answered) => void socket.emit(name, data, answered), close};
};
