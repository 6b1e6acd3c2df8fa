import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** What hid our camera has ended without us: nobody sees us until we say how. Said above the stage.
 * @param {{
 *   actions: import("../core/types.js").EffectActions, isPrivate: boolean, again: boolean, blursHere: boolean,
 * }} props `again`: what hid us could do so again; `blursHere`: this browser blurs our background already
 */
export const HeldBanner = ({actions, isPrivate, again, blursHere}) => {
  const t = useWords();
  const back = again && !isPrivate;
  // The banner goes with what is pressed in it.
  const leave = (/** @type {() => void} */ by) => () => {
    const effects = document.querySelector('[data-opens="effects"]');
    if (effects instanceof HTMLElement) effects.focus();
    by();
  };
  return html`
    <div class="banner banner--held" role="alert">
      ${h(Icon, {name: "video-off"})}
      <span class="banner__text">
        <span class="banner__title">${t(isPrivate ? "held.private" : "held.ended")}</span>
        <span class="banner__detail">${t(back ? "held.detail.again" : "held.detail")}</span>
      </span>
      <span class="banner__ways">
        ${back &&
        html`<button class="button button--primary button--small" onClick=${leave(actions.hideAgain)}>${t("held.again")}</button>`}
        ${!blursHere &&
        html`<button class=${`button button--small ${back ? "" : "button--primary"}`} onClick=${actions.hideHere}>${t("held.blur")}</button>`}
        <button class="button button--small" onClick=${leave(actions.showCamera)}>${t("held.show")}</button>
      </span>
    </div>`;
};
