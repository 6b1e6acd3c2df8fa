import {useEffect, useRef} from "../vendor/hooks.js";
import {ComingIn} from "./coming-in.js";
import {GhostLight} from "./ghost-light.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {Mirror} from "./mirror.js";
import {inShort} from "./names.js";
import {Page} from "./page.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {import("./words.js").Words} Words */

/** @type {Record<string, string>} */
const WHY = {
  superseded: "end.superseded",
  "timed-out": "end.timed-out",
  "token-expired": "end.timed-out",
  "token-invalid": "end.timed-out",
  flooding: "end.trouble",
  "too-many-invalid": "end.trouble",
  "too-slow": "end.trouble",
  "not-joined-in-time": "end.trouble",
};

/** @param {Words} t @param {string} reason @param {string} room */
export const endHeading = (t, reason, room) => {
  if (reason === "superseded") return t("end.elsewhere");
  return t(reason in WHY ? "end.stopped" : "end.left", {room});
};

/** @param {Words} t @param {string[]} others */
const whoIsLeft = (t, others) => {
  if (others.length === 0) return t("end.nobody");
  return t("end.still", {n: others.length, names: inShort(t, others)});
};

/** @param {{app: App, ended: NonNullable<State["ended"]>, room: string}} props */
export const End = ({app, ended, room}) => {
  const {actions} = app;
  const t = useWords();
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => title.current?.focus(), []);
  const why = WHY[ended.reason];
  return h(
    Page,
    {onHome: actions.goHome, foot: html`<span>${t("end.chat")}</span>`},
    html`
      <main class="end">
        <div class="end__mirror">${h(Mirror, {children: h(GhostLight, {})})}</div>
        <h1 class="end__title" ref=${title} tabindex="-1">${endHeading(t, ended.reason, room || t("room.untitled"))}</h1>
        <p class="end__say">${why ? t(why) : `${t("end.off")} ${whoIsLeft(t, ended.others)}`}</p>
        <div class="end__actions">
          <button class="button button--primary button--large" onClick=${actions.goBackIn}>${t("end.back")}</button>
          <button class="button button--large" onClick=${actions.goHome}>${t("end.home")}</button>
        </div>
        ${h(ComingIn, {app})}
        <div class="end__facts">
          <span>${h(Icon, {name: "timer", size: 16})}${t.duration(ended.durationS)}</span>
          ${ended.direct && html`<span>${h(Icon, {name: "lock", size: 16})}${t("end.direct")}</span>`}
        </div>
      </main>`,
  );
};
