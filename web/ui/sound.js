import {useEffect, useRef, useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Participant} Participant */

/** What the others say: one audio element for each, and the offer to turn sound on where the browser refuses.
 * @param {{
 *   others: Participant[], streamOf: (id: string) => MediaStream | null, speakerId: string,
 * }} props
 */
export const Sound = ({others, streamOf, speakerId}) => {
  const t = useWords();
  const [refused, setRefused] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const playAll = async () => {
    const tries = Array.from(box.current?.querySelectorAll("audio") ?? [], (audio) => audio.play());
    const results = await Promise.allSettled(tries);
    setRefused(results.some((result) => result.status === "rejected" && isRefusal(result.reason)));
  };
  useEffect(() => {
    if (!refused) return undefined;
    const done = new AbortController();
    // Any touch of the page is leave to play; with a finger it counts when it is lifted.
    for (const touch of ["pointerdown", "pointerup", "keydown"]) {
      document.addEventListener(touch, () => void playAll(), {signal: done.signal});
    }
    return () => done.abort();
  }, [refused]);
  return html`
    <div class="sound" ref=${box}>
      ${others.map(({id}) =>
        h(Voice, {key: id, id, stream: streamOf(id), speakerId, onRefused: () => setRefused(true)}),
      )}
      ${refused &&
      others.length > 0 &&
      html`<div class="banner" role="alert">
        ${h(Icon, {name: "volume-2"})}
        <span class="banner__text">${t("sound.blocked")}</span>
        <button class="button button--primary button--small" onClick=${playAll}>${t("sound.enable")}</button>
      </div>`}
    </div>`;
};

/** Whether the browser keeps sound off until someone touches the page. @param {unknown} error */
const isRefusal = (error) => error instanceof DOMException && error.name === "NotAllowedError";

/** @param {{id: string, stream: MediaStream | null, speakerId: string, onRefused: () => void}} props */
const Voice = ({id, stream, speakerId, onRefused}) => {
  const element = useRef(/** @type {HTMLAudioElement | null} */ (null));
  useEffect(() => {
    const audio = element.current;
    if (!audio || audio.srcObject === stream) return;
    audio.srcObject = stream;
    audio.play().catch((error) => {
      if (isRefusal(error)) onRefused();
    });
  }, [stream]);
  useEffect(() => {
    const audio = element.current;
    if (!audio || typeof audio.setSinkId !== "function" || audio.sinkId === speakerId) return;
    audio.setSinkId(speakerId).catch(() => undefined); // the speaker is gone: the default goes on playing
  }, [speakerId]);
  return html`<audio ref=${element} data-participant=${id} autoplay></audio>`;
};
