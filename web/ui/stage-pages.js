import {useEffect} from "../vendor/hooks.js";
import {html} from "./html.js";
import {useWords} from "./preferences.js";
import {isTyping} from "./typing.js";

/** The dots under the stage; the arrow keys turn pages too.
 * @param {{count: number, here: number, go: (page: number) => void}} props
 */
export const StagePages = ({count, here, go}) => {
  const t = useWords();
  useEffect(() => {
    const gone = new AbortController();
    const turn = (/** @type {KeyboardEvent} */ event) => {
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      if (step === undefined || event.defaultPrevented || isTyping(event)) return;
      go(Math.max(0, Math.min(here + step, count - 1)));
    };
    document.addEventListener("keydown", turn, {signal: gone.signal});
    return () => gone.abort();
  }, [count, here, go]);
  return html`
    <div class="stage__pages">
      ${Array.from(
        {length: count},
        (_, page) => html`
          <button
            key=${page}
            class="stage__turn"
            aria-label=${t("call.page", {page: page + 1, pages: count})}
            aria-current=${page === here ? "true" : undefined}
            onClick=${() => go(page)}
          >
            <span class=${`stage__dot ${page === here ? "stage__dot--here" : ""}`}></span>
          </button>`,
      )}
    </div>`;
};
