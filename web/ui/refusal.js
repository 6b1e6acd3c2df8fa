import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {refusal} from "./words.js";

/** What the server refused, in a sentence. The box stays in place, so that a screen reader hears it filled.
 * @param {{error: import("../core/types.js").WireError | null}} props
 */
export const Refusal = ({error}) => {
  const t = useWords();
  return html`
    <div class="refusal" role="alert">
      ${error &&
      html`<p class="field__error">
        ${h(Icon, {name: "circle-alert", size: 16})}<span>${refusal(t, error)}</span>
      </p>`}
    </div>`;
};
