import {clock} from "./words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {useNow} from "./use-now.js";

/** Title, time and route: the only writing in a call besides names.
 * @param {{title: string, startedAt: number | null}} props
 */
export const CallFacts = ({title, startedAt}) => {
  const t = useWords();
  const now = useNow(startedAt !== null);
  return html`
    <div class="control-bar__title">${title}</div>
    <div class="control-bar__facts">
      <span role="timer" aria-label=${t("call.duration")}>${clock((now - (startedAt ?? now)) / 1000)}</span>
      <span class="badge badge--text">
        ${h(Icon, {name: "lock", size: 14})}<span>${t("call.direct")}</span>
      </span>
    </div>`;
};
