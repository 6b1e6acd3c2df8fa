import {useLayoutEffect, useRef} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";

/** @typedef {import("../vendor/preact.js").Child} Child */

const STEPS = {ArrowDown: 1, ArrowUp: -1};

/** A menu that its button opened: arrows move, Esc closes, the focus goes back to the button.
 * On a phone it is a sheet at the bottom of the page.
 * @param {{label: string, end?: boolean, close: () => void, children?: Child}} props
 */
export const Menu = ({label, end = false, close, children}) => {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const gone = new AbortController();
    items(element.current)[0]?.focus();
    const away = (/** @type {Event} */ event) => {
      const slot = element.current?.parentElement;
      if (event.target instanceof Node && !slot?.contains(event.target)) close();
    };
    document.addEventListener("pointerdown", away, {signal: gone.signal});
    return () => {
      const focusIsHere = document.activeElement === document.body || element.current?.contains(document.activeElement);
      gone.abort();
      if (focusIsHere && opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  const move = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      if (event.key === "Escape") event.preventDefault();
      close();
      return;
    }
    const all = items(element.current);
    const at = all.findIndex((item) => item === document.activeElement);
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    const next =
      event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : step && (at + step + all.length) % all.length;
    if (next === undefined) return;
    event.preventDefault();
    all[next]?.focus();
  };
  return html`
    <div class="menu__veil" onClick=${close}></div>
    <div
      ref=${element}
      class=${`menu ${end ? "menu--end" : ""}`}
      role="menu"
      aria-label=${label}
      tabindex="0"
      onKeyDown=${move}
    >
      ${children}
    </div>`;
};

/** What can be chosen on this screen: some items are for phones only.
 * @param {HTMLElement | null} menu
 */
const items = (menu) =>
  Array.from(menu?.querySelectorAll(".menu__item") ?? [])
    .filter((item) => item instanceof HTMLElement)
    .filter((item) => item.checkVisibility());

/**
 * @param {{icon?: string, text: string, shortcut?: string, checked?: boolean, lang?: string, choose: () => void}} props
 */
export const MenuItem = ({icon, text, shortcut, checked, lang, choose}) => html`
  <button
    type="button"
    class="menu__item"
    role=${checked === undefined ? "menuitem" : "menuitemradio"}
    aria-checked=${checked}
    tabindex="-1"
    lang=${lang}
    onClick=${choose}
  >
    ${icon && h(Icon, {name: icon})}
    <span class="menu__text">${text}</span>
    ${shortcut && html`<span class="key" aria-hidden="true">${shortcut}</span>`}
    ${checked && h(Icon, {name: "check", class: "menu__check"})}
  </button>`;

/** A group of answers to one question. @param {{label: string, children?: Child}} props */
export const MenuGroup = ({label, children}) => html`
  <div role="group" aria-label=${label}>
    <div class="menu__label" aria-hidden="true">${label}</div>
    ${children}
  </div>`;

export const MenuRule = () => html`<div class="menu__rule" role="separator"></div>`;
