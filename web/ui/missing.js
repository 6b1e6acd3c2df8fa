import {GhostLight} from "./ghost-light.js";
import {h, html} from "./html.js";
import {Mirror} from "./mirror.js";
import {Page} from "./page.js";
import {useWords} from "./preferences.js";
import {Refusal} from "./refusal.js";

/** @typedef {import("../core/types.js").State} State */

/** The link leads nowhere. @param {{actions: import("../core/types.js").Actions, error: State["error"]}} props */
export const Missing = ({actions, error}) => {
  const t = useWords();
  const other = error?.code === "room-not-found" ? null : error;
  return h(
    Page,
    {onHome: actions.goHome},
    html`
      <main class="end">
        <div class="end__mirror">${h(Mirror, {children: h(GhostLight, {})})}</div>
        <h1 class="end__title">${t("missing.title")}</h1>
        <p class="end__say">${t("missing.say")}</p>
        ${h(Refusal, {error: other})}
        <div class="end__actions">
          <button class="button button--primary button--large" onClick=${() => actions.createRoom()}>
            ${t("missing.new")}
          </button>
          <button class="button button--large" onClick=${actions.goHome}>${t("missing.home")}</button>
        </div>
      </main>`,
  );
};
