import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** Why our media does not get to the server, and what still works: said above the stage.
 * @param {{kind: "blocked" | "refused"}} props
 */
export const ServerBanner = ({kind}) => {
  const t = useWords();
  return html`
    <div class="banner banner--wait" role="alert">
      ${h(Icon, {name: "circle-alert"})}
      <span class="banner__text">
        <span class="banner__title">${t(`server.${kind}`)}</span>
        <span class="banner__detail">${t(`server.${kind}.detail`)}</span>
      </span>
    </div>`;
};
