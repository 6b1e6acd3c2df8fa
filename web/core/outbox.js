// Our chat messages until the server has stored them: one on its way at a time, so that their order holds.

import {Refusal} from "./errors.js";
import {newId} from "./ids.js";

/** @typedef {import("./types.js").ChatMessage} ChatMessage */
/** @typedef {import("./types.js").PendingMessage} PendingMessage */

const MAX_PENDING = 1_000;
/** The connection, not the message, is at fault: the message waits for the next connection. */
const NOT_ITS_FAULT = new Set(["offline", "not-joined"]);
/** The server may take it later. */
const LATER = new Set(["rate-limited", "internal"]);

export class Outbox {
  /** @type {PendingMessage[]} */
  #pending = [];
  #sending = false;
  #open = false;
  #refusals = 0;

  /**
   * @param {{
   *   send: (message: {client_id: string, text: string}) => Promise<ChatMessage>,
   *   onStored: (message: ChatMessage) => void,
   *   onChange: (pending: PendingMessage[]) => void,
   *   newId?: () => string,
   * }} options
   */
  constructor({send, onStored, onChange, newId: makeId = newId}) {
    this.#send = send;
    this.#onStored = onStored;
    this.#onChange = onChange;
    this.#newId = makeId;
  }
  #send;
  #onStored;
  #onChange;
  #newId;

  /** @param {string} text @returns {boolean} false when too many messages wait already */
  add(text) {
    if (this.#pending.length >= MAX_PENDING) return false;
    this.#set([...this.#pending, {client_id: this.#newId(), text, failed: null}]);
    void this.#run();
    return true;
  }

  /** @param {string} clientId a message that the server refused */
  retry(clientId) {
    this.#set(this.#pending.map((one) => (one.client_id === clientId ? {...one, failed: null} : one)));
    void this.#run();
  }

  /** @param {PendingMessage[]} pending those that an earlier page could not send */
  restore(pending) {
    this.#set(pending.slice(0, MAX_PENDING));
  }

  /** The server listens: send what waits. */
  open() {
    this.#open = true;
    this.#refusals = 0;
    void this.#run();
  }

  /** Keeps what waits for the next open(). */
  close() {
    this.#open = false;
  }

  clear() {
    this.#open = false;
    this.#set([]);
  }

  /** @param {ChatMessage[]} messages stored ones: whatever of ours is among them needs no sending */
  settle(messages) {
    const stored = new Set(messages.map(({client_id}) => client_id));
    if (this.#pending.some(({client_id}) => stored.has(client_id))) {
      this.#set(this.#pending.filter(({client_id}) => !stored.has(client_id)));
    }
  }

  async #run() {
    if (this.#sending) return;
    this.#sending = true;
    for (let next = this.#next(); next; next = this.#next()) await this.#try(next);
    this.#sending = false;
  }

  #next() {
    return this.#open ? this.#pending.find(({failed}) => failed === null) : undefined;
  }

  /** @param {PendingMessage} message */
  async #try({client_id, text}) {
    try {
      const stored = await this.#send({client_id, text});
      this.#refusals = 0;
      this.settle([stored]);
      this.#onStored(stored);
    } catch (error) {
      const code = error instanceof Refusal ? error.code : "internal";
      if (NOT_ITS_FAULT.has(code)) {
        this.#open = false;
        return;
      }
      this.#refusals += 1;
      if (LATER.has(code) && this.#refusals < 3) return;
      this.#set(this.#pending.map((one) => (one.client_id === client_id ? {...one, failed: code} : one)));
    }
  }

  /** @param {PendingMessage[]} pending */
  #set(pending) {
    this.#pending = pending;
    this.#onChange(pending);
  }
}
