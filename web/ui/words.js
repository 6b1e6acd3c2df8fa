// The catalogues and how numbers, lists and times are said. Pure: the locale comes in, sentences come out.
import en from "../locales/en.js";
import zh from "../locales/zh.js";

/** @typedef {"en" | "zh"} Locale */
/** @typedef {Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>} Catalogue */
/** @typedef {Record<string, string | number>} Params */
/**
 * @typedef {{
 *   locale: Locale,
 *   has: (key: string) => boolean,
 *   list: (names: string[]) => string,
 *   time: (ms: number) => string,
 *   day: (ms: number, now: number) => string,
 *   duration: (seconds: number) => string,
 *   number: (n: number) => string,
 * }} Tools
 */
/** @typedef {((key: string, params?: Params) => string) & Tools} Words */

/** @type {Record<Locale, Catalogue>} */
const CATALOGUES = {en, zh};
const TAGS = {en: "en-GB", zh: "zh-CN"};
const MINUTE = 60;
const HOUR = 3600;

/** @param {Locale} locale @returns {Words} */
export const words = (locale) => {
  const tag = TAGS[locale];
  const plural = new Intl.PluralRules(tag);
  const lists = new Intl.ListFormat(tag, {type: "conjunction"});
  const times = new Intl.DateTimeFormat(tag, {hour: "2-digit", minute: "2-digit", hourCycle: "h23"});
  const days = new Intl.DateTimeFormat(tag, {day: "numeric", month: "long"});
  const numbers = new Intl.NumberFormat(tag);

  /** @param {string} key @param {Params} [params] */
  const say = (key, params = {}) => {
    const entry = CATALOGUES[locale][key] ?? CATALOGUES.en[key] ?? key;
    const sentence =
      typeof entry === "string" ? entry : (entry[plural.select(Number(params.n))] ?? entry.other ?? key);
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
  };

  /** @param {string[]} names */
  const list = (names) => {
    const parts = lists.formatToParts(names);
    return parts
      .map(({type, value}, n) => (type === "literal" ? aired(value, parts[n - 1]?.value, parts[n + 1]?.value) : value))
      .join("");
  };

  /** @param {number} seconds */
  const duration = (seconds) => {
    const hours = Math.floor(seconds / HOUR);
    const minutes = Math.floor((seconds % HOUR) / MINUTE);
    if (hours > 0 && minutes === 0) return say("length.whole-hours", {hours});
    if (hours > 0) return say("length.hours", {hours, minutes});
    return minutes > 0 ? say("length.minutes", {minutes}) : say("length.moment");
  };

  /** @param {number} ms @param {number} now */
  const day = (ms, now) => {
    const apart = (new Date(now).setHours(0, 0, 0, 0) - new Date(ms).setHours(0, 0, 0, 0)) / 86_400_000;
    if (Math.round(apart) === 0) return say("day.today");
    if (Math.round(apart) === 1) return say("day.yesterday");
    return days.format(ms);
  };

  return Object.assign(say, {
    locale,
    has: (/** @type {string} */ key) => key in CATALOGUES.en,
    list,
    time: (/** @type {number} */ ms) => times.format(ms),
    number: (/** @type {number} */ n) => numbers.format(n),
    day,
    duration,
  });
};

/** A running clock, the same in every language. @param {number} seconds */
export const clock = (seconds) => {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / HOUR);
  const rest = `${two(Math.floor((whole % HOUR) / MINUTE))}:${two(whole % MINUTE)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
};

/** A refusal in the page's language; the server's own sentence where the catalogue has none.
 * @param {Words} t @param {{code: string, message: string}} error
 */
export const refusal = (t, error) =>
  t.has(`error.${error.code}`) ? t(`error.${error.code}`) : error.message;

const HAN = /\p{Script=Han}/u;

/**
 * Han wants air beside Latin: 和 between two Latin names becomes " 和 ".
 * @param {string} literal
 * @param {string} [before]
 * @param {string} [after]
 */
const aired = (literal, before = "", after = "") => {
  if (!HAN.test(literal)) return literal;
  return `${HAN.test(before.slice(-1)) ? "" : " "}${literal}${HAN.test(after.slice(0, 1)) ? "" : " "}`;
};
