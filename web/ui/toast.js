import {useEffect} from "../vendor/hooks.js";
import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {NonNullable<import("../core/types.js").State["notice"]>} Notice */

const STAYS_MS = 6000;

/** One notice at a time; an error stays until it is dismissed.
 * @param {{notice: Notice | null, dismiss: () => void}} props
 */
export const Toast = ({notice, dismiss}) => {
  const t = useWords();
  useEffect(() => {
    if (notice === null || notice.kind === "error") return undefined;
    const timer = setTimeout(dismiss, STAYS_MS);
    return () => clearTimeout(timer);
  }, [notice?.id]);
  return html`
    <div class="toasts" aria-live=${notice?.kind === "error" ? "assertive" : "polite"}>
      ${notice &&
      html`<div class=${`toast ${notice.kind === "error" ? "toast--bad" : "toast--good"}`} key=${notice.id}>
        ${h(Icon, {name: notice.kind === "error" ? "circle-alert" : "check"})}
        <span class="toast__text">${t(notice.text, named(t, notice))}</span>
        <button class="icon-button icon-button--small" aria-label=${t("notice.dismiss")} onClick=${dismiss}>
          ${h(Icon, {name: "x"})}
        </button>
      </div>`}
    </div>`;
};

/** With the names of the effects that it is about, in the language of the page.
 * @param {import("./words.js").Words} t
 * @param {Notice} notice
 */
const named = (t, {params, effects = []}) => ({
  ...params,
  ...(effects.length > 0 && {n: effects.length, names: t.list(effects.map(({filter, title}) => filterTitle(t, filter, title)))}),
  ...(params["effect"] !== undefined && {name: filterTitle(t, String(params["filter"]), String(params["title"]))}),
});
