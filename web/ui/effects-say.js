import {isOff} from "../core/chain.js";
import {isSent} from "./device-toggle.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").State} State */

/** Who gets what of ours while the effects are not, or cannot be, before everyone.
 * @param {{state: State}} props
 */
export const EffectsSay = ({state}) => {
  const t = useWords();
  const it = saying(state);
  return it && html`<p class="effects__say">${h(Icon, {name: it.icon, size: 16})}<span>${t(it.says)}</span></p>`;
};

/** @param {State} state @returns {{icon: string, says: string} | null} */
export const saying = ({effects: {own, trying, filters}, camera, microphone}) => {
  // Before the list is there, there is none to pick.
  if (isOff(own)) return filters && {icon: "wand-sparkles", says: trying ? "effects.say.trying" : "effects.say.none"};
  const sound = own.video.length === 0;
  if (own.shown) {
    if (isSent(sound ? microphone : camera)) return null;
    return sound ? {icon: "mic-off", says: "effects.say.no-microphone"} : {icon: "video-off", says: "effects.say.no-camera"};
  }
  return sound ? {icon: "audio-lines", says: "effects.say.sound"} : {icon: "server", says: "effects.say.preview"};
};
