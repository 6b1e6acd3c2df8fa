import {useEffect, useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {isSent} from "./device-toggle.js";
import {h, html} from "./html.js";
import {layout} from "./layout.js";
import {arrange, noPlaces, paginate} from "./places.js";
import {useWords} from "./preferences.js";
import {mainWay, wayOf} from "./route.js";
import {StagePages} from "./stage-pages.js";
import {Tile} from "./tile.js";
import {isWritten} from "./written.js";
import {useShownTiles} from "./use-shown-tiles.js";
import {useSize} from "./use-size.js";
import {useTileMoves} from "./use-tile-moves.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").Participant} Participant */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {import("./use-size.js").Size} Size */

const DOTS = 24; // the row of dots takes its own height, so that it never lies over a face
const SWIPE = 48;

/** Leaves room for the dots only when one page does not hold everyone.
 * @param {number} count @param {Size} size
 */
const fit = (count, {width, height}) => {
  const gap = window.matchMedia("(pointer: coarse), (max-width: 599px)").matches ? 8 : 12;
  const free = layout({count, width, height, gap});
  return free.pages === 1 ? free : layout({count, width, height: height - DOTS, gap});
};

/** Ours; what the server makes of it lies over it, as soon as it comes, where the others get that, too.
 * @param {App} app @param {State} state @returns {import("../core/types.js").RemoteMedia[]}
 */
const ownMedia = (app, {effects: {own}}) => {
  const stream = app.localStream();
  const made = own.shown && own.video.length > 0 ? app.ownPicture() : null;
  const parts = [stream && {key: "self", stream, part: /** @type {const} */ ("held")}];
  parts.push(made && {key: "made", stream: made, part: /** @type {const} */ ("held")});
  return parts.filter((part) => part !== null);
};

/** @param {State} state @param {Participant} participant @param {App} app */
const tileProps = (state, participant, app) => {
  const way = wayOf(state, participant);
  const self = participant.id === state.self;
  const track = (/** @type {string} */ source) => participant.tracks.find((each) => each.source === source);
  const audible = self ? isSent(state.microphone) : track("microphone")?.muted === false;
  const visible = self ? isSent(state.camera) && !state.effects.held : track("camera")?.muted === false;
  return {
    key: participant.id,
    participant,
    self,
    peer: state.peers[participant.id],
    media: self ? ownMedia(app, state) : app.remoteMedia(participant.id),
    cameraOn: visible,
    muted: !audible,
    speaking: state.speaking[participant.id] ?? false,
    awayAt: state.awayAt[participant.id],
    way: way === mainWay(state) ? null : way,
    bars: state.quality[participant.id],
    asSent: self && isWritten(state.effects.own.video, state.effects.filters),
    before: self && visible && !state.effects.own.shown && state.effects.own.video.length > 0,
    caption: state.captions[participant.id]?.text ?? null,
  };
};

/** @param {{app: App, state: State}} props */
export const Stage = ({app, state}) => {
  const t = useWords();
  const [element, size] = useSize();
  const [page, setPage] = useState(0);
  const places = useRef(noPlaces());

  const self = state.self ?? "";
  const others = state.participants.filter(({id}) => id !== self).map(({id}) => id);
  const fitted = fit(others.length + 1, size);
  const several = fitted.pages > 1;
  const first = several ? fitted.perPage - 1 : others.length;
  const speaking = page === 0 ? state.speaking : {};
  places.current = arrange(places.current, others, speaking, first, Date.now());
  const pages = paginate(places.current.order, self, several ? fitted.perPage : others.length + 1);
  const here = Math.min(page, pages.length - 1);
  const shown = (pages[here] ?? [])
    .map((id) => state.participants.find((participant) => participant.id === id))
    .filter((participant) => participant !== undefined);

  useEffect(() => setPage(here), [here]);
  useShownTiles(
    app.actions.showTiles,
    size.width > 0 ? shown.map(({id}) => id).filter((id) => id !== self) : [],
    fitted,
  );
  useLayoutEffect(() => {
    element.current?.style.setProperty("--tile-w", `${fitted.width}px`);
    element.current?.style.setProperty("--tile-h", `${fitted.height}px`);
  }, [fitted.width, fitted.height]);
  useTileMoves(element, shown.map(({id}) => id).join(" "), state.panel ?? "");
  const swipe = useSwipe((step) => setPage(Math.max(0, Math.min(here + step, pages.length - 1))));

  return html`
    <div class="call__tiles" ref=${element}>
      <section
        class="stage"
        aria-label=${t("call.participants")}
        onTouchStart=${swipe.start}
        onTouchEnd=${swipe.end}
      >
        ${size.width > 0 && shown.map((participant) => h(Tile, tileProps(state, participant, app)))}
      </section>
      ${several && h(StagePages, {count: pages.length, here, go: setPage})}
    </div>`;
};

/** @param {(step: -1 | 1) => void} turn */
const useSwipe = (turn) => {
  const from = useRef(0);
  return {
    start: (/** @type {TouchEvent} */ event) => {
      from.current = event.changedTouches[0]?.clientX ?? 0;
    },
    end: (/** @type {TouchEvent} */ event) => {
      const way = (event.changedTouches[0]?.clientX ?? from.current) - from.current;
      if (Math.abs(way) >= SWIPE) turn(way < 0 ? 1 : -1);
    },
  };
};
