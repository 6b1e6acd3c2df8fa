import {Dialog} from "./dialog.js";
import {h, html} from "./html.js";
import {useWords} from "./preferences.js";

/** @param {{close: () => void}} props */
export const ShortcutsDialog = ({close}) => {
  const t = useWords();
  const lines = [
    ["M", t("shortcuts.microphone")],
    ["V", t("shortcuts.camera")],
    [t("shortcuts.space"), t("shortcuts.talk")],
    ["H", t("shortcuts.hand")],
    ["E", t("shortcuts.effects")],
    ["C", t("shortcuts.chat")],
    ["P", t("shortcuts.people")],
    ["F", t("shortcuts.fullscreen")],
    ["← →", t("shortcuts.pages")],
    ["?", t("shortcuts.list")],
    [t("shortcuts.escape"), t("shortcuts.close")],
  ];
  return h(
    Dialog,
    {title: t("shortcuts.title"), close},
    html`
      <dl class="shortcuts">
        ${lines.map(
          ([key, what]) => html`
            <div class="shortcuts__line" key=${key}>
              <dt>${what}</dt>
              <dd><kbd class="key">${key}</kbd></dd>
            </div>`,
        )}
      </dl>
      <div class="dialog__actions">
        <button class="button" onClick=${close}>${t("panel.close")}</button>
      </div>`,
  );
};
