import {kilobits, picture} from "./flow-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {LostCell} from "./lost-cell.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/statistics.js").Receiving} Receiving */
/** @typedef {import("../core/types.js").State} State */

/** @param {{receiving: Receiving[], state: State}} props */
export const ReceiveTable = ({receiving, state}) => {
  const t = useWords();
  const nameOf = (/** @type {string} */ id) => state.participants.find((one) => one.id === id)?.name ?? "";
  return html`
    <table class="stats-table">
      <caption>${t("connection.you-receive")}</caption>
      <thead>
        <tr>
          <th scope="col">${t("connection.from")}</th>
          <th scope="col">${t("connection.picture")}</th>
          <th scope="col">kbit/s</th>
          <th scope="col">${t("connection.lost")}</th>
        </tr>
      </thead>
      ${receiving.map((one) => h(Person, {key: one.id, name: nameOf(one.id), ...one}))}
    </table>`;
};

/** @param {Receiving & {name: string}} props */
const Person = ({id, name, route, audio, video, lost, roundTripMs, jitterMs}) => {
  const t = useWords();
  const codecs = [video?.codec, audio?.codec === "opus" ? "Opus" : audio?.codec].filter(Boolean).join(", ");
  const times = t("connection.times", {
    trip: roundTripMs === null ? "–" : t.number(Math.round(roundTripMs)),
    jitter: t.number(Math.round(jitterMs)),
  });
  return html`
    <tbody data-participant=${id}>
      <tr>
        <td><span class="stats-table__name">${h(Icon, {name: route === "direct" ? "lock" : "server", size: 16})}<bdi>${name}</bdi></span></td>
        <td>${picture(video)}</td>
        <td>${kilobits(t, [audio, video])}</td>
        <td>${h(LostCell, {lost})}</td>
      </tr>
      <tr class="stats-table__more">
        <td colspan="4">${[t(`route.${route}`), codecs, times].filter(Boolean).join(" · ")}</td>
      </tr>
    </tbody>`;
};
