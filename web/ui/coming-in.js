import {useState} from "../vendor/hooks.js";
import {allOf} from "../core/chain.js";
import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** Which effects of the last call everyone gets as soon as we come in, unless they are removed here.
 * @param {{app: import("../core/types.js").App}} props
 */
export const ComingIn = ({app}) => {
  const t = useWords();
  const [coming, setComing] = useState(() => app.comingIn());
  if (!coming) return null;
  const names = t.list(allOf(coming).map(({filter, title}) => filterTitle(t, filter, title)));
  const remove = (/** @type {{currentTarget: HTMLElement}} */ {currentTarget}) => {
    // The button goes with the sentence: what is next is to come in.
    const next = currentTarget.closest("main")?.querySelector("button.button--large");
    if (next instanceof HTMLElement) next.focus();
    app.actions.effects.comeBare();
    setComing(null);
  };
  return html`
    <div class="coming-in">
      ${h(Icon, {name: "wand-sparkles", size: 16})}
      <span>${t("lobby.coming-in", {names})}</span>
      <button type="button" class="button button--quiet button--small" onClick=${remove}>${t("effects.remove")}</button>
    </div>`;
};
