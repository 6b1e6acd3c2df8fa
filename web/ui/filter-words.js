// What filters and their parameters are called: what comes with Greenroom in the language of the page, others as their
// authors named them.

/** @typedef {import("../core/types.js").Param} Param */
/** @typedef {import("./words.js").Words} Words */

/** @param {Words} t @param {string} name @param {string} title as the author has it */
export const filterTitle = (t, name, title) => (t.has(`filter.${name}`) ? t(`filter.${name}`) : title);

/** @param {Words} t @param {string} name of the filter @param {Param} param */
export const paramTitle = (t, name, param) =>
  t.has(`filter.${name}.${param.name}`) ? t(`filter.${name}.${param.name}`) : param.title;

/** @param {Words} t @param {string} name of the filter @param {string} param @param {{value: string, title: string}} choice */
export const choiceTitle = (t, name, param, {value, title}) =>
  t.has(`filter.${name}.${param}.${value}`) ? t(`filter.${name}.${param}.${value}`) : title;

/** What is shown of somebody, in a word or two. @param {Words} t @param {{filter: string, title: string}[]} effects */
export const effectsInShort = (t, effects) => {
  const [first, ...rest] = effects;
  if (!first) return "";
  const title = filterTitle(t, first.filter, first.title);
  return rest.length > 0 ? t("effects.and-more", {title, n: rest.length}) : title;
};
