import {html} from "./html.js";
import {useWords} from "./preferences.js";

/** @param {{onHome: () => void}} props */
export const Brand = ({onHome}) => {
  const t = useWords();
  const home = (/** @type {MouseEvent} */ event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onHome();
  };
  return html`
    <a class="brand" href="/" aria-label=${t("head.home")} onClick=${home}>
      <svg class="brand__mark" viewBox="0 0 26 26" aria-hidden="true">
        <path class="brand__frame" d="M5 23.5V6.5A4.5 4.5 0 0 1 9.5 2h7A4.5 4.5 0 0 1 21 6.5v17" />
        <path class="brand__door" d="M8.5 8.2c0-1 .7-1.9 1.7-2.1l5.4-1.2c1-.2 1.9.5 1.9 1.5v17.1H8.5z" />
        <circle class="brand__knob" cx="14.6" cy="15" r="1.3" />
      </svg>
      Greenroom
    </a>`;
};
