import {html} from "./html.js";
import {useWords} from "./preferences.js";
import {useNow} from "./use-now.js";

/** Why a tile is dim, in a sentence.
 * @param {{kind: "away" | "connecting" | "broken" | "failed", name: string, awayAt: number | undefined}} props
 */
export const TileWait = ({kind, name, awayAt}) => {
  const t = useWords();
  const now = useNow(kind === "away");
  const first = name.split(" ")[0] ?? name;
  const seconds = Math.max(0, Math.round((now - (awayAt ?? now)) / 1000));
  const said = {
    away: [t("tile.reconnecting", {name: first}), t("tile.last-seen", {seconds})],
    connecting: [t("tile.connecting", {name: first}), ""],
    broken: [t("tile.link-lost", {name: first}), t("tile.trying")],
    failed: [t("tile.link-failed", {name: first}), t("tile.failed.detail")],
  }[kind];
  return html`
    <div class="tile__wait">
      ${kind !== "failed" && html`<span class="spinner spinner--24" aria-hidden="true"></span>`}
      <span>${said[0]}</span>
      ${said[1] && html`<small>${said[1]}</small>`}
    </div>`;
};
