import {ConnectionSummary} from "./connection-summary.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {Metric} from "./metric.js";
import {Panel} from "./panel.js";
import {useWords} from "./preferences.js";
import {ReceiveTable} from "./receive-table.js";
import {report} from "./report.js";
import {SendTable} from "./send-table.js";
import {useStatistics} from "./use-statistics.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */

const SLOW_MS = 300;
const LOSSY = 0.02;

/** How the connections are: a sentence, three numbers, and what there is to know of each stream.
 * @param {{app: App, state: State, close: () => void}} props
 */
export const ConnectionPanel = ({app, state, close}) => {
  const t = useWords();
  const kept = useStatistics(app);
  const newest = kept.at(-1);
  const copy = () => void app.actions.copyReport(report(state, newest, navigator.userAgent));
  const trips = kept.map(({roundTripMs}) => roundTripMs ?? 0);
  const losses = kept.map(({lost}) => lost * 100);
  const rates = kept.map(({sending}) => ((sending.audio?.bitrateBps ?? 0) + (sending.video?.bitrateBps ?? 0)) / 1e6);
  const trip = newest?.roundTripMs;
  const tools = html`
    <button type="button" class="button button--small" onClick=${copy}>
      ${h(Icon, {name: "copy", size: 16})}${t("connection.copy")}
    </button>`;
  return h(
    Panel,
    {title: t("connection.title"), tools, close},
    html`
      <div class="panel__body" tabindex="0" role="group" aria-label=${t("connection.title")}>
        <div class="stats">
          ${h(ConnectionSummary, {state, measured: newest !== undefined})}
          <div class="metrics">
            ${h(Metric, {
              label: t("connection.round-trip"),
              value: trip === null || trip === undefined ? "–" : t.number(Math.round(trip)),
              unit: "ms",
              values: trips,
              least: 100,
              warn: (trip ?? 0) >= SLOW_MS,
            })}
            ${h(Metric, {
              label: t("connection.lost"),
              value: newest ? (newest.lost * 100).toFixed(1) : "–",
              unit: "%",
              values: losses,
              least: 2,
              warn: kept.some(({lost}) => lost >= LOSSY),
            })}
            ${h(Metric, {
              label: t("connection.sending"),
              value: newest ? (rates.at(-1) ?? 0).toFixed(1) : "–",
              unit: "Mbit/s",
              values: rates,
              least: 0.5,
              warn: newest?.sending.limited ?? false,
            })}
          </div>
          ${newest && h(SendTable, {sending: newest.sending})}
          ${newest && newest.receiving.length > 0 && h(ReceiveTable, {receiving: newest.receiving, state})}
        </div>
      </div>`,
  );
};
