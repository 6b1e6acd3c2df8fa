/** @typedef {import("./words.js").Words} Words */

const NAMED = 3;

/** First names as one list; of a crowd three, and how many more. @param {Words} t @param {string[]} names */
export const inShort = (t, names) => {
  const named = names.length > NAMED + 1 ? names.slice(0, NAMED) : names;
  const rest = names.length - named.length;
  const said = named.map((name) => name.split(" ")[0] ?? name);
  return t.list(rest > 0 ? [...said, t("people.more", {n: rest})] : said);
};
