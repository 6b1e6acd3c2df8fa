import {useEffect} from "../vendor/hooks.js";
import {useHidden} from "./use-hidden.js";

/** @typedef {import("../core/types.js").TileSize} TileSize */

/** Tells who is on the screen and how large, in pixels of the device; behind another tab, that is nobody.
 * @param {(tiles: TileSize[]) => void} show @param {string[]} ids @param {{width: number, height: number}} tile
 */
export const useShownTiles = (show, ids, tile) => {
  const hidden = useHidden();
  const width = Math.round(tile.width * devicePixelRatio);
  const height = Math.round(tile.height * devicePixelRatio);
  const who = hidden ? "" : ids.join(" ");
  useEffect(() => {
    const shown = who === "" ? [] : who.split(" ");
    show(shown.map((id) => ({participant_id: id, width, height})));
  }, [who, width, height]);
};
