import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */

const LINES = /** @type {const} */ ([
  {source: "camera", title: "local.blur", failed: "local.blur.failed"},
  {source: "microphone", title: "local.noise", failed: "local.noise.failed"},
]);

/** What this browser can do by itself, where the server may not.
 * @param {{app: App, state: State}} props
 */
export const LocalEffectsChoice = ({app, state}) => {
  const t = useWords();
  return html`
    <h3 class="effects__head">${t("local.title")}</h3>
    <div class="sound-strip">
      ${LINES.map(({source, title, failed}) => {
        const now = state.local[source];
        return html`
          <div class="param param--wide" key=${source}>
            <span class="param__name" aria-hidden="true">${t(title)}</span>
            <button
              type="button"
              class="switch__track"
              role="switch"
              aria-checked=${now !== "off"}
              aria-busy=${now === "starting"}
              aria-label=${t(title)}
              onClick=${() => app.actions.setLocal(source, now === "off")}
            ></button>
          </div>
          ${now === "starting" && html`<p class="effects__say" role="status">${t("local.starting")}</p>`}
          ${now === "failed" &&
          html`<p class="effects__say is-bad" role="alert">
            ${h(Icon, {name: "triangle-alert", size: 16})}<span>${t(failed)}</span>
          </p>`}`;
      })}
    </div>`;
};
