import {useId, useLayoutEffect, useRef} from "../vendor/hooks.js";
import {html} from "./html.js";

/** @typedef {import("../vendor/preact.js").Child} Child */

/** A native modal dialog: the browser keeps the focus inside, closes it on Esc and gives the focus back.
 * @param {{title: string, close: () => void, children?: Child}} props
 */
export const Dialog = ({title, close, children}) => {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const outside = (/** @type {MouseEvent} */ event) => {
    if (event.target === element.current) close();
  };
  return html`
    <dialog ref=${element} class="dialog" aria-labelledby=${id} onCancel=${close} onClose=${close} onClick=${outside}>
      <div class="dialog__inner">
        <h2 class="dialog__title" id=${id}>${title}</h2>
        ${children}
      </div>
    </dialog>`;
};
