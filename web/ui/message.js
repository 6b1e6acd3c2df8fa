import {Avatar} from "./avatar.js";
import {h, html} from "./html.js";
import {LinkedText} from "./linked-text.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").ChatMessage} ChatMessage */
/** @typedef {import("../core/types.js").ChatNote} ChatNote */
/** @typedef {import("../core/types.js").PendingMessage} PendingMessage */

/** What one person said in a row.
 * @param {{messages: [ChatMessage, ...ChatMessage[]], own: boolean}} props
 */
export const Message = ({messages, own}) => {
  const t = useWords();
  const {from, name, sent_at: sentAt} = messages[0];
  return html`
    <article class="message">
      ${h(Avatar, {name, seed: from, size: "32"})}
      <div>
        <div class="message__meta">
          <bdi class="message__name">${own ? t("chat.you") : name}</bdi>
          <time class="message__time" datetime=${new Date(sentAt).toISOString()}>${t.time(sentAt)}</time>
        </div>
        <div class="message__body">
          ${messages.map(({seq, text}) => h(LinkedText, {key: seq, text}))}
        </div>
      </div>
    </article>`;
};

/** A message of ours on its way, or one that did not get there.
 * @param {{message: PendingMessage, name: string, self: string, retry: (clientId: string) => void}} props
 */
export const Pending = ({message, name, self, retry}) => {
  const t = useWords();
  const {client_id: clientId, text, failed} = message;
  const reason = failed && t.has(`error.${failed}`) ? t(`error.${failed}`) : t("chat.failed");
  return html`
    <article class=${`message ${failed ? "message--failed" : "message--pending"}`}>
      ${h(Avatar, {name, seed: self, size: "32"})}
      <div>
        <div class="message__meta">
          <span class="message__name">${t("chat.you")}</span>
          ${!failed && html`<span class="message__time">${t("chat.sending")}</span>`}
        </div>
        <div class="message__body">
          ${h(LinkedText, {text})}
          ${failed &&
          html`<p class="message__failure">
            <span>${reason}</span>
            <button class="button button--small" onClick=${() => retry(clientId)}>${t("chat.retry")}</button>
          </p>`}
        </div>
      </div>
    </article>`;
};

/** Who came in and who left. @param {{note: ChatNote}} props */
export const Note = ({note}) => {
  const t = useWords();
  const time = t.time(note.at);
  if (note.kind === "self-joined") return html`<p class="chat__rule">${t("chat.you-came-in", {time})}</p>`;
  const key = note.kind === "joined" ? "chat.came-in" : "chat.left";
  return html`<p class="message--event">${t(key, {name: note.name, time})}</p>`;
};
