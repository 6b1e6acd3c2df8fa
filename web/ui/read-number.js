// Numbers as people write them, and as short as they can be read. Pure.

/** @typedef {Pick<import("../core/types.js").Param, "low" | "high" | "step" | "whole">} Range */

const MOST_DIGITS = 6;
/** 1,000 or 12.345.678: groups, unless the same is a number of its own in the range. */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?!\d)/;

/** @param {number} number @returns {number} how many digits it has behind the point */
const digits = (number) => (String(Number(number.toFixed(MOST_DIGITS))).split(".")[1] ?? "").length;

/** Digits behind the point that make a difference: those of the steps, or a hundredth of the range and finer.
 * @param {Range} range
 */
export const digitsOf = ({low, high, step, whole}) => {
  if (whole) return 0;
  if (step > 0) return Math.max(digits(step), digits(low));
  const fine = 2 - Math.floor(Math.log10(high - low || 1));
  return Math.min(MOST_DIGITS, Math.max(0, fine));
};

/** @param {Range} range @param {number} value */
export const plain = (range, value) => String(Number(value.toFixed(digitsOf(range))));

/**
 * @param {string} text with or without its unit, with spaces or signs between groups of three
 * @param {Range} range decides what a sign before three digits is
 * @returns {number | null} null when it is none; it may be out of the range
 */
export const readNumber = (text, {low, high}) => {
  const words = text.normalize("NFKC").replace(/\u2212/g, "-").replace(/(?<=\d)[\s'’_](?=\d)/g, "").trim();
  const [whole, sign] = GROUPED.exec(words) ?? [];
  if (whole !== undefined && sign !== undefined) {
    const rest = words.slice(whole.length).replace(",", ".");
    const grouped = Number.parseFloat(whole.replaceAll(sign, "") + rest);
    const fraction = Number.parseFloat(whole.replace(sign, "."));
    const many = whole.split(sign).length > 2 || /^\.\d/.test(rest);
    // 1.500 with a point is what it says, unless only the thousands fit.
    const fits = (/** @type {number} */ value) => value >= low && value <= high;
    if (many || (fits(grouped) && (sign === "," || !fits(fraction)))) return grouped;
  }
  const read = Number.parseFloat(words.replace(",", "."));
  return Number.isFinite(read) ? read : null;
};
