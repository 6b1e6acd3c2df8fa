// Holds the state, and tells the page when it changed: once per frame's worth of work, however many facts came.

import {initialState, reduce} from "./state.js";

/** @typedef {import("./state.js").Action} Action */

export class Store {
  #state = initialState();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #announced = true;

  state = () => this.#state;

  /** @param {() => void} listener */
  subscribe = (listener) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** @param {Action} action */
  dispatch = (action) => {
    const next = reduce(this.#state, action);
    if (next === this.#state) return;
    this.#state = next;
    if (!this.#announced) return;
    this.#announced = false;
    queueMicrotask(() => {
      this.#announced = true;
      for (const listener of this.#listeners) listener();
    });
  };
}
