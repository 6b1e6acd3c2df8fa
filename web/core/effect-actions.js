// What people may ask for of their own effects.

import {wireError} from "./errors.js";
import {forgetEffects} from "./kept-effects.js";
import {shrinkPicture} from "./pictures.js";
import {dropPreset, keepPreset} from "./presets.js";
import {device, tab} from "./storage.js";

/**
 * @param {{
 *   store: import("./store.js").Store, call: import("./call.js").Call,
 *   local: import("./local-effects.js").LocalEffects, notices: import("./app.js").Notify,
 * }} parts
 * @returns {import("./types.js").EffectActions}
 */
export const effectActions = ({store: {dispatch}, call: {studio}, local, notices}) => ({
  list: () => studio.list(),
  toggle: (filter) => {
    if (!studio.toggle(filter)) notices("error", "effects.full");
  },
  remove: (id) => studio.remove(id),
  move: (id, to) => studio.move(id, to),
  set: (id, param, value) => studio.set(id, param, value),
  reset: (id) => studio.reset(id),
  clear: () => studio.clear(),
  undo: () => studio.undo(),
  show: (shown) => studio.show(shown),
  showCamera: () => studio.showCamera(),
  hideHere: () => {
    // The camera as it is goes out no more from here on, whether this browser can blur it or not.
    void local.want("camera", true);
    studio.showCamera();
    dispatch({type: "panel", panel: "effects"});
  },
  hideAgain: () => studio.hideAgain(),
  comeBare: () => forgetEffects(tab),
  dismiss: (trouble) => dispatch({type: "mended", id: trouble.id}),
  addPicture: async (file) => {
    const data = await shrinkPicture(file).catch(() => null);
    if (data === null) {
      notices("error", "notice.picture-unreadable");
      return null;
    }
    return studio.addPicture(data).catch((error) => {
      const full = wireError(error).code === "too-many-effects";
      notices("error", full ? "notice.pictures-full" : "notice.picture-refused");
      return null;
    });
  },
  savePreset: (name) => dispatch({type: "presets", presets: keepPreset(device, studio.preset(name))}),
  usePreset: (preset) => tellUse(studio.use(preset), notices),
  removePreset: (name) => dispatch({type: "presets", presets: dropPreset(device, name)}),
});

/**
 * Says what a preset did not bring, and who sees us now.
 * @param {import("./types.js").PresetUse} use
 * @param {import("./app.js").Notify} notices
 */
const tellUse = ({done, unlisted, gone, pictureless, bared}, notices) => {
  const titled = (/** @type {import("./types.js").PresetEffect[]} */ those) =>
    those.map(({filter, title}) => ({filter, title: title ?? filter}));
  if (unlisted) notices("error", "notice.preset-too-early");
  else if (!done) notices("error", "notice.preset-kept", {}, titled(gone));
  else if (bared) notices("info", "notice.preset-bares");
  else if (gone.length > 0) notices("info", "notice.preset-without", {}, titled(gone));
  else if (pictureless.length > 0) notices("info", "notice.preset-pictureless", {}, titled(pictureless));
};
