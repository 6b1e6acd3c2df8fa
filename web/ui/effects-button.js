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
  const {own} = state.effects;
  const open = state.panel === "effects";
  const face = isOff(own) ? "" : own.shown ? "shown" : "preview";
  const words = {"": t("call.effects"), preview: t("effects.preview"), shown: effectsInShort(t, [...own.video, ...own.audio])};
  return html`
    <span class="control-bar__slot">
      <button
        class=${`effects-button ${face && `effects-button--${face}`}`}
        aria-label=${t("call.effects")}
        aria-description=${face === "" ? undefined : words[face]}
        aria-pressed=${open}
        data-opens="effects"
        onClick=${press}
      >
        ${h(Icon, {name: "wand-sparkles"})}<span>${words[face]}</span>
      </button>
      ${!open && h(Tooltip, {text: t("call.effects"), shortcut: "E"})}
    </span>`;
};
