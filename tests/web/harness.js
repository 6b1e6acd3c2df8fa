// Runs one test of one file in this page. A test is a function that gets `t` and fails by throwing.

/**
 * @typedef {{
 *   ok: (value: unknown, message?: string) => void,
 *   equal: (actual: unknown, expected: unknown, message?: string) => void,
 *   rejects: (promise: Promise<unknown>, code?: string) => Promise<void>,
 *   eventually: (check: () => unknown, message?: string) => Promise<void>,
 *   cleanup: (run: () => unknown) => void,
 * }} T
 */

const EVENTUALLY_MS = 10_000;
const LOOK_AGAIN_MS = 10;

/** @returns {T & {finish: () => Promise<void>}} */
const makeT = () => {
  /** @type {(() => unknown)[]} */
  const cleanups = [];
  return {
    ok(value, message = "is not true") {
      if (!value) throw new Error(message);
    },
    equal(actual, expected, message = "differs") {
      const [got, wanted] = [canonical(actual), canonical(expected)];
      if (got !== wanted) throw new Error(`${message}\n  expected ${wanted}\n  got      ${got}`);
    },
    async rejects(promise, code) {
      const error = await promise.then(() => null, (reason) => reason);
      if (error === null) throw new Error("was not rejected");
      if (code !== undefined && error.code !== code) throw new Error(`rejected with ${error.code}, not ${code}`);
    },
    async eventually(check, message = String(check)) {
      const deadline = performance.now() + EVENTUALLY_MS;
      while (!(await check())) {
        if (performance.now() > deadline) throw new Error(`did not happen in time: ${message}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      }
    },
    cleanup: (run) => void cleanups.push(run),
    async finish() {
      for (const run of cleanups.reverse()) await run();
    },
  };
};

/** @param {unknown} value */
const canonical = (value) =>
  JSON.stringify(value, (_, inner) => {
    if (inner === undefined) return "(undefined)";
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

/** @param {string} file */
export const names = async (file) => Object.keys((await import(file)).default);

/**
 * @param {string} file
 * @param {string} name
 * @returns {Promise<string | null>} what went wrong
 */
export const run = async (file, name) => {
  const t = makeT();
  /** @type {unknown[]} */
  const loose = [];
  const collect = (/** @type {PromiseRejectionEvent} */ {reason}) => void loose.push(reason);
  addEventListener("unhandledrejection", collect);
  try {
    await (await import(file)).default[name](t);
    await new Promise((resolve) => setTimeout(resolve));
    if (loose.length > 0) throw loose[0];
    return null;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    await t.finish();
    removeEventListener("unhandledrejection", collect);
  }
};
