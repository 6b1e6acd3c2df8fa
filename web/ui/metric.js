import {h, html} from "./html.js";
import {Sparkline} from "./sparkline.js";
import {KEPT} from "./use-statistics.js";

/** One number that ticks, and its last half minute.
 * @param {{label: string, value: string, unit: string, values: number[], least: number, warn: boolean}} props
 */
export const Metric = ({label, value, unit, values, least, warn}) => html`
  <div class="metric">
    <div class="metric__label">${label}</div>
    <div class="metric__value">${value} <span class="metric__unit">${unit}</span></div>
    ${h(Sparkline, {values, length: KEPT, least, warn})}
  </div>`;
