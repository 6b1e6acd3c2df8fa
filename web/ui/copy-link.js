import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** The way to invite someone. @param {{copy: () => Promise<void>}} props */
export const CopyLink = ({copy}) => {
  const t = useWords();
  return html`
    <button type="button" class="button button--small" onClick=${copy}>
      ${h(Icon, {name: "link", size: 16})}${t("people.copy-link")}
    </button>`;
};
