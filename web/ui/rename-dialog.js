import {useState} from "../vendor/hooks.js";
import {Dialog} from "./dialog.js";
import {h, html} from "./html.js";
import {useWords} from "./preferences.js";

/** @param {{title: string, rename: (title: string) => Promise<void>, close: () => void}} props */
export const RenameDialog = ({title, rename, close}) => {
  const t = useWords();
  const [text, setText] = useState(title);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    close();
    if (text.trim() !== title) void rename(text.trim());
  };
  return h(
    Dialog,
    {title: t("rename.title"), close},
    html`
      <form onSubmit=${submit}>
        <label class="field">
          <span class="field__label">${t("rename.label")}</span>
          <input
            class="input"
            dir="auto"
            value=${text}
            required
            maxlength="80"
            autocomplete="off"
            onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => setText(event.currentTarget.value)}
          />
        </label>
        <div class="dialog__actions">
          <button type="button" class="button" onClick=${close}>${t("rename.cancel")}</button>
          <button class="button button--primary">${t("rename.save")}</button>
        </div>
      </form>`,
  );
};
