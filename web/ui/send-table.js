import {kilobits, picture} from "./flow-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {LostCell} from "./lost-cell.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/statistics.js").Flow} Flow */
/** @typedef {import("../core/statistics.js").Sending} Sending */

/** @param {{sending: Sending}} props */
export const SendTable = ({sending: {audio, video}}) => {
  const t = useWords();
  if (!audio && !video) return null;
  return html`
    <table class="stats-table">
      <caption>${t("connection.you-send")}</caption>
      <thead>
        <tr>
          <th scope="col">${t("connection.track")}</th>
          <th scope="col">${t("connection.picture")}</th>
          <th scope="col">kbit/s</th>
          <th scope="col">${t("connection.lost")}</th>
        </tr>
      </thead>
      <tbody>
        ${video && h(Row, {icon: "video", name: t("call.camera"), flow: video, what: picture(video)})}
        ${audio && h(Row, {icon: "mic", name: t("connection.mic"), flow: audio, what: "48 kHz"})}
      </tbody>
    </table>`;
};

/** @param {{icon: string, name: string, flow: Flow, what: string}} props */
const Row = ({icon, name, flow, what}) => {
  const t = useWords();
  return html`
    <tr>
      <td>${h(Icon, {name: icon, size: 16})}${flow.codec ? t("connection.with-codec", {name, codec: codecName(flow.codec)}) : name}</td>
      <td>${what}</td>
      <td>${kilobits(t, [flow])}</td>
      <td>${h(LostCell, {lost: flow.lost})}</td>
    </tr>`;
};

/** @param {string} codec as in SDP */
const codecName = (codec) => (codec === "opus" ? "Opus" : codec);
