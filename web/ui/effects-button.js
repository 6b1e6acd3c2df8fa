import {isOff} from "../core/chain.js";
import {effectsInShort} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {Tooltip} from "./tooltip.js";

/** A word, not a badge: Effects, Preview while only we see them, or what everyone sees.
 * @param {{state: import("../core/types.js").State, press: () => void}} props
 */
export const EffectsButton = ({state, press}) => {
  const t = useWords();
  const {own, troubles, held} = state.effects;
  const open = state.panel === "effects";
  const face = isOff(own) ? "" : own.shown ? "shown" : "preview";
  const hidden = troubles.some(({id, off}) => off && own.video.some((one) => one.id === id));
  const wrong = held ? "effects.held" : hidden ? "effects.stuck" : troubles.length > 0 ? "effects.wrong" : null;
  const words = {"": t("call.effects"), preview: t("effects.preview"), shown: effectsInShort(t, [...own.video, ...own.audio])};
  const says = [wrong && t(wrong), face && words[face]].filter(Boolean).join(" · ");
  return html`
    <span class="control-bar__slot">
      <button
        class=${`effects-button ${face && `effects-button--${face}`} ${wrong ? "effects-button--wrong" : ""}`}
        aria-label=${t("call.effects")}
        aria-description=${says || undefined}
        aria-pressed=${open}
        data-opens="effects"
        onClick=${press}
      >
        ${h(Icon, {name: wrong ? "triangle-alert" : "wand-sparkles"})}
        <span>${wrong && wrong !== "effects.wrong" ? t(wrong) : words[face]}</span>
      </button>
      ${!open && h(Tooltip, {text: t("call.effects"), shortcut: "E"})}
    </span>`;
};
