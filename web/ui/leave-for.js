// Where the focus goes when what has it is about to go: falling to the page, it would start from the top again.

/**
 * @param {HTMLElement} leaving something in the Effects panel
 * @param {string | null} effect whose grip has it next; null when there is none left
 */
export const leaveFor = (leaving, effect) => {
  const panel = leaving.closest(".panel");
  // A finger wants no keyboard on the screen that it did not ask for.
  const rest = matchMedia("(pointer: coarse)").matches ? ".panel__title" : ".effect-search input";
  const next = panel?.querySelector(effect === null ? rest : `[data-effect="${effect}"] .chain__grip`);
  if (next instanceof HTMLElement) next.focus({preventScroll: effect === null});
};
