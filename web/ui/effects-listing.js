import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** What stands in place of the list of filters until it comes.
 * @param {{unlisted: boolean, again: () => void}} props `unlisted`: it does not come; `again` asks for it once more
 */
export const EffectsListing = ({unlisted, again}) => {
  const t = useWords();
  if (!unlisted) return html`<p class="effects__none" role="status">${t("effects.listing")}</p>`;
  const press = (/** @type {{currentTarget: HTMLElement}} */ {currentTarget}) => {
    // The button goes while the list is looked up.
    const title = currentTarget.closest(".panel")?.querySelector(".panel__title");
    if (title instanceof HTMLElement) title.focus();
    again();
  };
  return html`
    <p class="effects__say is-bad" role="alert">
      ${h(Icon, {name: "triangle-alert", size: 16})}<span>${t("effects.unlisted")}</span>
    </p>
    <div><button type="button" class="button button--small" onClick=${press}>${t("effects.list-again")}</button></div>`;
};
