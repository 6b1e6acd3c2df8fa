import {useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").DeviceProblem} DeviceProblem */

/** @type {Record<DeviceProblem, string[]>} */
const STEPS = {
  blocked: ["steps.blocked.select", "steps.blocked.allow", "steps.blocked.return"],
  missing: ["steps.missing.plug", "steps.missing.join"],
  busy: ["steps.busy.close", "steps.busy.return"],
  insecure: ["steps.insecure.open", "steps.insecure.ask", "steps.insecure.join"],
  failed: ["steps.failed.replug", "steps.failed.return"],
};
const OTHER_BROWSERS = ["steps.blocked.firefox", "steps.blocked.safari", "steps.blocked.return"];

/** Why there is no picture, and what to do, in place of the picture.
 * The one green button of the view is Try again when neither device works, else Join.
 * @param {{problem: DeviceProblem, both: boolean, retry: () => void}} props
 */
export const CameraProblem = ({problem, both, retry}) => {
  const t = useWords();
  const [others, setOthers] = useState(false);
  const steps = problem === "blocked" && others ? OTHER_BROWSERS : STEPS[problem];
  const what = both ? "both" : "camera";
  return html`
    <div class="mirror__message" role="alert">
      ${h(Icon, {name: problem === "insecure" ? "lock" : "video-off"})}
      <h2 class="mirror__title">${t(`problem.${what}.${problem}`)}</h2>
      <ol class="mirror__steps">
        ${steps.map((step) => html`<li key=${step}><span>${withIcon(t(step), t("steps.blocked.icon"))}</span></li>`)}
      </ol>
      <div class="mirror__actions">
        ${problem !== "insecure" &&
        html`<button type="button" class=${`button ${both ? "button--primary" : ""}`} onClick=${retry}>
          ${t("device.try-again")}
        </button>`}
        ${problem === "blocked" &&
        html`<button type="button" class="button" aria-pressed=${others} onClick=${() => setOthers(!others)}>
          ${t("device.other-browsers")}
        </button>`}
      </div>
    </div>`;
};

/** The sign that the browser itself shows stands in the middle of the sentence.
 * @param {string} sentence @param {string} name what is read out in its place
 */
const withIcon = (sentence, name) => {
  const [before, after] = sentence.split("{icon}");
  return after === undefined ? sentence : [before, h(Icon, {name: "settings-2"}), html`<span class="visually-hidden">${name}</span>`, after];
};

/** The microphone's trouble in one line, when the camera is fine.
 * @param {{problem: DeviceProblem, retry: () => void}} props
 */
export const MicrophoneProblem = ({problem, retry}) => {
  const t = useWords();
  return html`
    <div class="banner banner--wait" role="alert">
      ${h(Icon, {name: "mic-off"})}
      <span class="banner__text">${t(`problem.microphone.${problem}`)}</span>
      ${problem !== "insecure" &&
      html`<button type="button" class="button button--small" onClick=${retry}>${t("device.try-again")}</button>`}
    </div>`;
};
