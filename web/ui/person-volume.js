import {h, html} from "./html.js";
import {GAIN} from "./own-sound.js";
import {useWords} from "./preferences.js";
import {Slider} from "./slider.js";
import {useGain} from "./use-gain.js";

/** @typedef {import("../core/types.js").Actions} Actions */
/** @typedef {import("../core/types.js").Participant} Participant */
/** @typedef {import("../core/types.js").State} State */

/** @type {import("./slider.js").Scale} */
const VOLUME = {low: 0, high: 100, step: 1, whole: true, unit: "%", default: 100};

/** How loud we hear someone, which stays here; for a host, also how loud everyone does.
 * @param {{participant: Participant, state: State, actions: Actions}} props
 */
export const PersonVolume = ({participant: {id, room_gain_db: told}, state, actions}) => {
  const t = useWords();
  const [gain, setGain] = useGain(told ?? 0, state.link === "online", (db) => actions.setGain(id, db));
  const mayAll = state.permissions.includes("set-gain") && state.room?.media !== "private";
  return html`
    ${h(Slider, {
      title: t("volume.mine"),
      scale: VOLUME,
      value: Math.round((state.volumes[id] ?? 1) * 100),
      set: (percent) => actions.setVolume(id, percent / 100),
    })}
    ${mayAll && h(Slider, {title: t("volume.all"), scale: GAIN, value: gain, signed: true, set: setGain})}`;
};
