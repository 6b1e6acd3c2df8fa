// What there is to say in a call about devices that do not work; before it, the lobby shows it in place of the picture.

/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").DeviceState} DeviceState */

/**
 * @param {Record<Source, DeviceState>} devices
 * @param {Source} about the one to speak of when both have something else
 * @returns {string | null} a key of the catalogues; null when all that is wanted works
 */
export const troubleNotice = (devices, about) => {
  const {microphone, camera} = {microphone: trouble(devices.microphone), camera: trouble(devices.camera)};
  if (microphone && microphone === camera) return `notice.both-${microphone}`;
  const either = microphone ? "microphone" : "camera";
  const source = (about === "camera" ? camera : microphone) ? about : either;
  const problem = source === "camera" ? camera : microphone;
  return problem && `notice.${source}-${problem}`;
};

/** @param {DeviceState} device */
const trouble = ({wanted, problem}) => (wanted ? problem : null);
