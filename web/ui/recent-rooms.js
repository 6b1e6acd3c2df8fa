import {Avatars} from "./avatars.js";
import {h, html} from "./html.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").RecentRoom} RecentRoom */

const SHOWN = 3;

/** @param {{rooms: RecentRoom[], open: (link: string) => boolean}} props */
export const RecentRooms = ({rooms, open}) => {
  const t = useWords();
  const now = Date.now();
  const enter = (/** @type {MouseEvent} */ event, /** @type {string} */ path) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    open(new URL(path, location.href).href);
  };
  return html`
    <nav class="home__recent" aria-labelledby="recent-rooms">
      <h2 class="panel__section" id="recent-rooms">${t("home.recent")}</h2>
      ${rooms.slice(0, SHOWN).map((room) => {
        const path = `/r/${encodeURIComponent(room.id)}`;
        return html`
          <a class="row" key=${room.id} href=${path} onClick=${(/** @type {MouseEvent} */ event) => enter(event, path)}>
            <span class="row__text">
              <span class="row__title"><bdi class="row__name">${room.title || t("room.untitled")}</bdi></span>
              <span class="row__detail">
                ${t("day.and-length", {day: t.day(room.at, now), length: t.duration(room.durationS)})}
              </span>
            </span>
            <span class="row__end">
              ${h(Avatars, {people: room.people.map(({id, name}) => ({seed: id, name}))})}
            </span>
          </a>`;
      })}
    </nav>`;
};
