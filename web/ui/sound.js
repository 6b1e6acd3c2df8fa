import {useEffect, useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Participant} Participant */
/** @typedef {import("../core/types.js").RemoteMedia} RemoteMedia */

/** What the others say: an audio element for each way of each, and the offer to turn sound on where the browser refuses.
 * @param {{
 *   others: Participant[], mediaOf: (id: string) => RemoteMedia[], speakerId: string, volumes: Record<string, number>,
 * }} props
 */
export const Sound = ({others, mediaOf, speakerId, volumes}) => {
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
      ${others.flatMap(({id}) =>
        mediaOf(id).map(({stream, part}) =>
          h(Voice, {
            key: stream.id,
            id,
            stream,
            heard: part === "shown",
            volume: volumes[id] ?? 1,
            speakerId,
            onRefused: () => setRefused(true),
          }),
        ),
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

/**
 * A way that is not heard plays nevertheless: when its turn comes, sound is there at once. All of them change in one
 * commit of the renderer, so that nothing is silent in between and nothing is heard twice.
 * @param {{
 *   id: string, stream: MediaStream, heard: boolean, volume: number, speakerId: string, onRefused: () => void,
 * }} props
 */
const Voice = ({id, stream, heard, volume, speakerId, onRefused}) => {
  const element = useRef(/** @type {HTMLAudioElement | null} */ (null));
  useLayoutEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.muted = !heard;
    if (audio.srcObject !== stream) audio.srcObject = stream;
    // Some browsers stop what was silent and is heard now, if nobody has touched the page.
    if (audio.paused) void audio.play().catch((error) => isRefusal(error) && onRefused());
  }, [stream, heard]);
  useLayoutEffect(() => {
    if (element.current) element.current.volume = volume;
  }, [volume]);
  useEffect(() => {
    const audio = element.current;
    if (!audio || typeof audio.setSinkId !== "function" || audio.sinkId === speakerId) return;
    audio.setSinkId(speakerId).catch(() => undefined); // the speaker is gone: the default goes on playing
  }, [speakerId]);
  return html`<audio ref=${element} data-participant=${id} autoplay></audio>`;
};
