import {useEffect, useRef} from "../vendor/hooks.js";
import {html} from "./html.js";

/** A muted picture of a stream; the sound is played by Sound.
 * @param {{stream: MediaStream | null, class: string, label?: string, onPicture?: () => void}} props `onPicture`: the
 *   first frame of this stream is there
 */
export const Video = ({stream, class: classes, label, onPicture}) => {
  const element = useRef(/** @type {HTMLVideoElement | null} */ (null));
  useEffect(() => {
    const video = element.current;
    if (!video || video.srcObject === stream) return;
    video.muted = true; // the attribute alone does not mute an element that a script made
    video.srcObject = stream;
    video.play().catch(() => undefined); // interrupted by a newer stream, which plays itself
  }, [stream]);
  return html`<video
    ref=${element}
    class=${classes}
    aria-label=${label}
    onLoadedData=${onPicture}
    aria-hidden=${label ? undefined : "true"}
    autoplay
    muted
    playsinline
    disablepictureinpicture
  ></video>`;
};
