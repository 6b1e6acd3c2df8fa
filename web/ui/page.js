import {Brand} from "./brand.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {usePreferences} from "./preferences.js";

/** @typedef {import("../vendor/preact.js").Child} Child */

/** The frame of home, lobby, end and the page for a missing room.
 * @param {{onHome: () => void, foot?: Child, children?: Child}} props
 */
export const Page = ({onHome, foot, children}) => {
  const {t, locale, setLocale} = usePreferences();
  const other = locale === "en" ? "zh" : "en";
  return html`
    <div class="page">
      <header class="page__head">
        ${h(Brand, {onHome})}
        <button
          class="button button--quiet button--small"
          lang=${other === "zh" ? "zh-CN" : "en"}
          onClick=${() => setLocale(other)}
        >
          ${h(Icon, {name: "languages", size: 16})}${t(`language.${other}`)}
        </button>
      </header>
      ${children}
      <footer class="page__foot">${foot}</footer>
    </div>`;
};
