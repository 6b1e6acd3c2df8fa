import {useEffect, useReducer, useRef} from "../vendor/hooks.js";
import {mayTry} from "../core/card-previews.js";
import {isSent} from "./device-toggle.js";
import {OwnFrame} from "./own-frame.js";
import {useHidden} from "./use-hidden.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */

/** Keeps pictures of the filters on the screen coming, as long as the page is looked at.
 * @param {App} app
 * @param {string[]} names the filters on the screen
 * @param {State} state
 */
export const useCardPreviews = (app, names, state) => {
  const cameraOn = isSent(state.camera) && mayTry(state);
  const [, draw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const frame = useRef(/** @type {OwnFrame | null} */ (null));
  const hidden = useHidden();
  useEffect(() => app.cardPreviews.on(() => draw(undefined)), []);
  useEffect(() => {
    frame.current = new OwnFrame();
    return () => {
      app.cardPreviews.stop();
      frame.current?.stop();
    };
  }, []);
  useEffect(() => frame.current?.follow(cameraOn ? app.localStream() : null));
  useEffect(() => {
    if (hidden || names.length === 0) app.cardPreviews.stop();
    else app.cardPreviews.show(names, () => frame.current?.grab() ?? null);
  }, [hidden, names.join(" ")]);
};
