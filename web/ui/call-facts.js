import {clock} from "./words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {route} from "./route.js";
import {useNow} from "./use-now.js";

/** Title, time and route: the only writing in a call besides names.
 * @param {{title: string, state: import("../core/types.js").State}} props
 */
export const CallFacts = ({title, state}) => {
  const t = useWords();
  const {callStartedAt: startedAt} = state;
  const way = route(state);
  const now = useNow(startedAt !== null);
  return html`
    <div class="control-bar__title"><bdi>${title}</bdi></div>
    <div class="control-bar__facts">
      <span role="timer" aria-label=${t("call.duration")}>${clock((now - (startedAt ?? now)) / 1000)}</span>
      ${way &&
      html`<span class="badge badge--text">
        ${way === "direct" && h(Icon, {name: "lock", size: 14})}<span>${t(`call.${way}`)}</span>
      </span>`}
    </div>`;
};
