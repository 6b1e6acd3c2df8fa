import {useEffect, useRef, useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Participant} Participant */

/** What the others say: one audio element for each, and the offer to turn sound on where the browser refuses.
 * @param {{
 *   others: Participant[], streamOf: (id: string) => MediaStream | null, speakerId: string,
 *   blocked: boolean, enable: () => void,
 * }} props
 */
export const Sound = ({others, streamOf, speakerId, blocked, enable}) => {
  const t = useWords();
  const [refused, setRefused] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const allow = () => {
    enable();
    setRefused(false);
    for (const audio of box.current?.querySelectorAll("audio") ?? []) {
      audio.play().catch(() => setRefused(true));
    }
  };
  return html`
    <div class="sound" ref=${box}>
      ${others.map(({id}) =>
        h(Voice, {key: id, id, stream: streamOf(id), speakerId, onRefused: () => setRefused(true)}),
      )}
      ${(blocked || refused) &&
      html`<div class="banner" role="alert">
        ${h(Icon, {name: "volume-2"})}
        <span class="banner__text">${t("sound.blocked")}</span>
        <button class="button button--primary button--small" onClick=${allow}>${t("sound.enable")}</button>
      </div>`}
    </div>`;
};

/** @param {{id: string, stream: MediaStream | null, speakerId: string, onRefused: () => void}} props */
const Voice = ({id, stream, speakerId, onRefused}) => {
  const element = useRef(/** @type {HTMLAudioElement | null} */ (null));
  useEffect(() => {
    const audio = element.current;
    if (!audio || audio.srcObject === stream) return;
    audio.srcObject = stream;
    audio.play().catch((/** @type {DOMException} */ error) => {
      if (error.name === "NotAllowedError") onRefused();
    });
  }, [stream]);
  useEffect(() => {
    const audio = element.current;
    if (!audio || typeof audio.setSinkId !== "function" || audio.sinkId === speakerId) return;
    audio.setSinkId(speakerId).catch(() => undefined); // the speaker is gone: the default goes on playing
  }, [speakerId]);
  return html`<audio ref=${element} data-participant=${id} autoplay></audio>`;
};
