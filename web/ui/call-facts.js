import {clock} from "./words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {route} from "./route.js";
import {useNow} from "./use-now.js";

/** @typedef {import("../core/types.js").State} State */

/** Title, time and route: the only writing in a call besides names.
 * @param {{title: string, state: State}} props
 */
export const CallFacts = ({title, state}) => {
  const t = useWords();
  const {callStartedAt: startedAt} = state;
  const now = useNow(startedAt !== null);
  return html`
    <div class="control-bar__title"><bdi>${title}</bdi></div>
    <div class="control-bar__facts">
      <span role="timer" aria-label=${t("call.duration")}>${clock((now - (startedAt ?? now)) / 1000)}</span>
      ${h(RouteFact, {state})}
    </div>`;
};

/** @param {{state: State}} props */
const RouteFact = ({state}) => {
  const t = useWords();
  const way = route(state);
  if (way.kind === "direct" || way.kind === "private") {
    const icon = way.kind === "direct" ? "lock" : "shield";
    return html`<span class="badge badge--text">${h(Icon, {name: icon, size: 14})}<span>${t(`call.${way.kind}`)}</span></span>`;
  }
  if (way.kind !== "mixed" && way.kind !== "forwarded" && way.kind !== "preview") {
    return html`<span class="badge badge--text"><span>${t(`call.${way.kind}`)}</span></span>`;
  }
  const words = way.kind === "mixed" ? t("call.mixed", {n: way.n, total: way.total}) : t(`call.${way.kind}`);
  return html`
    <span class="badge badge--text badge--mixed">${h(Icon, {name: "server", size: 14})}<span>${words}</span></span>`;
};
