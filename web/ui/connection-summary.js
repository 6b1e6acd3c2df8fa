import {h, html} from "./html.js";
import {useWords} from "./preferences.js";
import {Quality} from "./quality.js";
import {route} from "./route.js";
import {verdict} from "./verdict.js";

/** @typedef {import("../core/types.js").State} State */

/** How it is, and which way it goes and why. @param {{state: State, measured: boolean}} props */
export const ConnectionSummary = ({state, measured}) => {
  const t = useWords();
  const found = verdict(state, measured);
  const names = found.kind === "except" ? t.list(found.weak) : "";
  return html`
    <div class="stats__summary">
      ${h(Quality, {bars: found.bars})}
      <div>
        <h3 class="stats__title">${t(`connection.${found.kind}`, {names})}</h3>
        <p class="stats__say">${t(`connection.${found.kind}.detail`, {names})}</p>
        ${found.kind !== "alone" && html`<p class="stats__say">${t(whyOf(state))}</p>`}
      </div>
    </div>`;
};

/** Why media goes where it goes: our own reason first. @param {State} state */
const whyOf = (state) => {
  const {kind} = route(state);
  if (kind !== "forwarded" && kind !== "mixed") return `connection.why.${kind}`;
  const own = state.participants.find(({id}) => id === state.self)?.route_reason;
  const reason = own ?? state.participants.find(({route_reason: one}) => one !== null)?.route_reason;
  return reason ? `connection.why.${reason}` : "connection.why.changing";
};
