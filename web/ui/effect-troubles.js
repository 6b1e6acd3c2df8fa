import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Filter} Filter */
/** @typedef {import("../core/types.js").Trouble} Trouble */
/** @typedef {import("./words.js").Words} Words */

/** What went wrong with our effects: what happened, and what is shown now.
 * @param {{
 *   troubles: Trouble[], own: import("../core/types.js").Effects, filters: Filter[], dismiss: (trouble: Trouble) => void,
 * }} props
 */
export const EffectTroubles = ({troubles, own, filters, dismiss}) => {
  const t = useWords();
  const left = (/** @type {Trouble} */ {id, filter}) => {
    // It hides something: then it stays, and nothing is shown, until its owner decides.
    if (own.video.some((effect) => effect.id === id)) return "trouble.off.hidden";
    const kind = filters.find(({name}) => name === filter)?.kind ?? "video";
    if (own[kind].length > 0) return "trouble.off.others";
    return kind === "audio" ? "trouble.off.sound" : "trouble.off.shown";
  };
  return html`${troubles.map((trouble) => {
    const {title, detail} = said(t, trouble, left(trouble));
    return html`
      <div class="banner banner--bad" role="alert" key=${trouble.id}>
        ${h(Icon, {name: "triangle-alert"})}
        <span class="banner__text">
          <span class="banner__title">${title}</span>
          <span class="banner__detail">${detail}</span>
        </span>
        ${trouble.off &&
        html`<button
          type="button"
          class="icon-button icon-button--small"
          aria-label=${t("notice.dismiss")}
          onClick=${() => dismiss(trouble)}
        >
          ${h(Icon, {name: "x", size: 16})}
        </button>`}
      </div>`;
  })}`;
};

/**
 * The server's own words are for errors that only their author can mend; all else is in the language of the page.
 * @param {Words} t
 * @param {Trouble} trouble
 * @param {string} left what is there without it
 */
export const said = (t, {filter, title: author, kind, message, file, line, off}, left) => {
  const name = filterTitle(t, filter, author);
  const place = file && (line ? t("trouble.place", {file, line}) : file);
  const happened = message.replace(/[.。]?\s*$/, "");
  // Without a file there is none to mend: the filter is gone.
  if (kind === "broken-file" && !file) return {title: t("trouble.removed", {name}), detail: t("trouble.removed.detail")};
  if (kind === "broken-file") return {title: place ?? name, detail: t("trouble.broken", {message: happened})};
  if (off && kind === "error" && happened) {
    // Its author mends it by the line and the message, the more so when it runs no longer.
    const what = {message: happened, off: t("trouble.off.error", {name}), left: t(left)};
    return {title: place ?? name, detail: t("trouble.off.after", what)};
  }
  if (off) return {title: t(`trouble.off.${kind}`, {name}), detail: t(left)};
  if (kind === "error") return {title: place ?? name, detail: t("trouble.error", {message: happened})};
  return {title: t(`trouble.now.${kind}`, {name}), detail: t("trouble.now.detail")};
};
