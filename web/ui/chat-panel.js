import {useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {Composer} from "./composer.js";
import {h, html} from "./html.js";
import {Message, Note, Pending} from "./message.js";
import {Panel} from "./panel.js";
import {useWords} from "./preferences.js";
import {timeline} from "./timeline.js";

/** @typedef {import("../core/types.js").Actions} Actions */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {{draft: {current: string}, scroll: {current: number | null}}} ChatMemory what outlives a closed panel */

const NEAR_END = 48;

/** Keeps the end in sight while the reader is there, and the reader's place while older messages come in above.
 * @param {{current: number | null}} memory from the end, in pixels; null at the end
 */
const useReadingPlace = (memory) => {
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const box = body.current;
    if (box) box.scrollTop = box.scrollHeight - box.clientHeight - (memory.current ?? 0);
  });
  const remember = () => {
    const box = body.current;
    if (!box) return;
    const fromEnd = box.scrollHeight - box.clientHeight - box.scrollTop;
    memory.current = fromEnd < NEAR_END ? null : fromEnd;
  };
  return {body, remember};
};

/** @param {{state: State, actions: Actions, memory: ChatMemory, close: () => void}} props */
export const ChatPanel = ({state, actions, memory, close}) => {
  const t = useWords();
  const {messages, pending, notes, more} = state.chat;
  const {body, remember} = useReadingPlace(memory.scroll);
  const now = Date.now();
  const entries = timeline(messages, notes, now);
  const self = state.self ?? "";
  const send = (/** @type {string} */ text) => {
    memory.scroll.current = null;
    actions.sendChat(text);
  };
  return h(
    Panel,
    {title: t("chat.title"), close},
    html`
      <div class="panel__body" ref=${body} onScroll=${remember} tabindex="0" role="group" aria-label=${t("chat.title")}>
        ${more && h(Older, {load: actions.loadOlderChat, leaveFocusTo: body})}
        ${messages.length + pending.length === 0 && html`<p class="chat__empty">${t("chat.empty")}</p>`}
        <div class="chat" role="log">
          ${entries.map((entry) => {
            if (entry.kind === "day")
              return html`<p class="chat__rule" key=${entry.key}>${t.day(entry.at, now)}</p>`;
            if (entry.kind === "note") return h(Note, {key: entry.key, note: entry.note});
            return h(Message, {
              key: entry.key,
              messages: entry.messages,
              own: entry.messages[0].from === self,
            });
          })}
          ${pending.map((message) =>
            h(Pending, {
              key: message.client_id,
              message,
              name: state.name,
              self,
              retry: actions.retryChat,
            }),
          )}
        </div>
      </div>
      <div class="panel__foot">${h(Composer, {draft: memory.draft, send})}</div>`,
  );
};

/** Goes when there is nothing older; the focus, if it was here, then stays in the chat.
 * @param {{load: () => Promise<void>, leaveFocusTo: {current: HTMLElement | null}}} props
 */
const Older = ({load, leaveFocusTo}) => {
  const t = useWords();
  const [loading, setLoading] = useState(false);
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(
    () => () => {
      if (document.activeElement === button.current) leaveFocusTo.current?.focus({preventScroll: true});
    },
    [],
  );
  const press = async () => {
    if (loading) return;
    setLoading(true);
    try {
      await load();
    } finally {
      setLoading(false);
    }
  };
  return html`
    <button
      ref=${button}
      class="button button--small button--quiet chat__older"
      aria-busy=${loading}
      onClick=${press}
    >
      ${t("chat.older")}
    </button>`;
};
