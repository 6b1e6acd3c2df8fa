import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** What hid our camera has ended without us: nobody sees us until we say how. Said above the stage.
 * @param {{actions: import("../core/types.js").EffectActions, isPrivate: boolean, blursHere: boolean}} props `blursHere`:
 *   this browser blurs our background already
 */
export const HeldBanner = ({actions, isPrivate, blursHere}) => {
  const t = useWords();
  return html`
    <div class="banner banner--held" role="alert">
      ${h(Icon, {name: "video-off"})}
      <span class="banner__text">
        <span class="banner__title">${t(isPrivate ? "held.private" : "held.ended")}</span>
        <span class="banner__detail">${t("held.detail")}</span>
      </span>
      <span class="banner__ways">
        ${!blursHere &&
        html`<button class="button button--primary button--small" onClick=${actions.hideHere}>${t("held.blur")}</button>`}
        <button class="button button--small" onClick=${actions.showCamera}>${t("held.show")}</button>
      </span>
    </div>`;
};
