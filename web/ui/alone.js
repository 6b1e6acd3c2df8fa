import {CopyLink} from "./copy-link.js";
import {h, html} from "./html.js";
import {useWords} from "./preferences.js";

/** Nobody to talk to yet, and how that changes: below the stage, which makes room for it.
 * @param {{copyLink: () => Promise<void>}} props
 */
export const Alone = ({copyLink}) => {
  const t = useWords();
  return html`<p class="call__alone"><span>${t("call.alone")}</span>${h(CopyLink, {copy: copyLink})}</p>`;
};
