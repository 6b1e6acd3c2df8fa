import {useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

const MOST = 4000;

/** @param {{draft: {current: string}, send: (text: string) => void}} props */
export const Composer = ({draft, send}) => {
  const t = useWords();
  const [text, setText] = useState(draft.current);
  const write = (/** @type {string} */ next) => {
    draft.current = next; // outlives the panel: closing it loses nothing
    setText(next);
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim() === "" || text.length > MOST) return;
    send(text.trim());
    write("");
  };
  const enter = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  return html`
    <form class="composer" onSubmit=${submit}>
      <div class="refusal" role="alert">
        ${text.length > MOST && html`<p class="field__error">${t("chat.too-long")}</p>`}
      </div>
      <div class="composer__box">
        <textarea
          class="composer__input"
          rows="1"
          dir="auto"
          value=${text}
          placeholder=${t("chat.write")}
          aria-label=${t("chat.write")}
          enterkeyhint="send"
          onInput=${(/** @type {{currentTarget: HTMLTextAreaElement}} */ event) => write(event.currentTarget.value)}
          onKeyDown=${enter}
        ></textarea>
        <button class="icon-button composer__send" aria-label=${t("chat.send")}>${h(Icon, {name: "arrow-up"})}</button>
      </div>
    </form>`;
};
