import {html} from "./html.js";
import {useWords} from "./preferences.js";

/** The server is away, the others are not: said above the stage, which makes room for it.
 * @param {{tryNow: () => void}} props
 */
export const LostBanner = ({tryNow}) => {
  const t = useWords();
  return html`
    <div class="banner banner--wait" role="alert">
      <span class="spinner" aria-hidden="true"></span>
      <span class="banner__text">
        <span class="banner__title">${t("lost.title")}</span>
        <span class="banner__detail">${t("lost.detail")}</span>
      </span>
      <button class="button button--small" onClick=${tryNow}>${t("lost.try-now")}</button>
    </div>`;
};
