import {useEffect, useRef, useState} from "../vendor/hooks.js";
import {html} from "./html.js";
import {useWords} from "./preferences.js";
import {route} from "./route.js";
import {noteKey, notesAfter} from "./timeline.js";

/** @typedef {import("../core/types.js").State} State */

/** Says politely who came and left, who wrote while the chat is closed, that the server is back, and another route.
 * @param {{state: State}} props
 */
export const Announcer = ({state}) => {
  const t = useWords();
  const [{said, turn}, setTurn] = useState({said: "", turn: 0});
  const say = (/** @type {string} */ sentence) => setTurn((last) => ({said: sentence, turn: last.turn + 1}));
  const {notes, messages} = state.chat;
  const newest = notes.at(-1);
  const newestKey = newest ? noteKey(newest) : null;
  const {kind: way} = route(state);
  const seen = useRef({note: newestKey, seq: messages.at(-1)?.seq ?? 0, link: state.link, way});

  useEffect(() => {
    const fresh = notesAfter(notes, seen.current.note).filter(({kind}) => kind !== "self-joined");
    seen.current.note = newestKey;
    const last = fresh.at(-1);
    if (last) say(t(last.kind === "joined" ? "people.came" : "people.went", {name: last.name}));
  }, [notes]);
  useEffect(() => {
    const last = messages.at(-1);
    if (!last || last.seq <= seen.current.seq) return;
    seen.current.seq = last.seq;
    if (state.panel !== "chat" && last.from !== state.self)
      say(t("chat.announced", {name: last.name}));
  }, [messages]);
  useEffect(() => {
    if (seen.current.link === "lost" && state.link === "online") say(t("lost.back"));
    seen.current.link = state.link;
  }, [state.link]);
  useEffect(() => {
    if (!(way === "direct" || way === "private" || way === "preview" || way === "forwarded" || way === "mixed")) return;
    const before = seen.current.way;
    seen.current.way = way;
    if (before !== way && before !== "connecting") say(t(`route.now.${way}`));
  }, [way]);

  return html`<div class="visually-hidden" role="status"><span key=${turn}>${said}</span></div>`;
};
