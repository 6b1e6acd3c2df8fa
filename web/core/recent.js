// The rooms that this device was in, newest first.

/** @typedef {import("./types.js").RecentRoom} RecentRoom */

const KEY = "greenroom.recent";
const MOST = 8;
const MOST_PEOPLE = 12;

/**
 * @param {import("./storage.js").Keeper} storage
 * @returns {RecentRoom[]}
 */
export const recentRooms = (storage) => {
  try {
    const rooms = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(rooms) ? rooms.filter(isRoom).slice(0, MOST) : [];
  } catch {
    return [];
  }
};

/**
 * @param {import("./storage.js").Keeper} storage
 * @param {RecentRoom} room takes the first place; an older entry for it goes
 */
export const rememberRoom = (storage, room) => {
  const others = recentRooms(storage).filter(({id}) => id !== room.id);
  const kept = {...room, people: room.people.slice(0, MOST_PEOPLE)};
  storage.setItem(KEY, JSON.stringify([kept, ...others].slice(0, MOST)));
};

/**
 * @param {any} room as read from storage, which an older page or a person may have written
 * @returns {room is RecentRoom}
 */
const isRoom = (room) =>
  typeof room?.id === "string" &&
  typeof room.title === "string" &&
  typeof room.at === "number" &&
  typeof room.durationS === "number" &&
  Array.isArray(room.people);
