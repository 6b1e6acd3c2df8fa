import {callPath, isHome, readLink, roomOf} from "../../web/core/places.js";
import {recentRooms, rememberRoom} from "../../web/core/recent.js";
import {readSession, takeLock, writeSession} from "../../web/core/session.js";
import {keeper} from "/web/core/storage.js";
import {fakeStorage} from "./fakes.js";

const HERE = "https://room.example";

const blocked = () => {
  throw new DOMException("", "SecurityError");
};

export default {
  "a browser that keeps nothing stops nothing": (t) => {
    const nothing = keeper(blocked);
    nothing.setItem("greenroom.name", "Ana");
    nothing.removeItem("greenroom.name");
    t.equal(nothing.getItem("greenroom.name"), null);
    t.equal(recentRooms(nothing), []);
  },

  "the address names the room": async (t) => {
    const room = (path) => roomOf(new URL(path, HERE));
    t.equal(["/r/abc_-1", "/r/abc/", "/", "/r/", "/r/a/b", "/r/a%20b"].map(room), ["abc_-1", "abc", null, null, null, null]);
  },

  "what a sentence left at the end of a link does no harm": (t) => {
    const room = (path) => roomOf(new URL(path, HERE));
    for (const end of [".", ")", "%20", ",%20", "%E3%80%82", "?!", "/", ">", "%22", "#x"]) t.equal(room(`/r/abc_-1${end}`), "abc_-1", end);
    t.equal(["/r/ab-", "/r/ab_."].map(room), ["ab-", "ab_"], "what an id may end with belongs to it");
    t.equal(["/r/.", "/r/a.b", "/r/a%", "/r/abc/d", `/r/${"a".repeat(65)}`].map(room), [null, null, "a", null, null]);
    t.equal(["/", "/?name=x", "/nope", "/r/.", "/r/"].map((path) => isHome(new URL(path, HERE))), [true, true, false, false, false]);
  },

  "the address of a call carries nobody's name": (t) => {
    t.equal(callPath("abc", new URL("/r/abc.?name=Ana&autojoin=1", HERE)), "/r/abc");
    t.equal(callPath("abc", new URL("/r/abc?debug=1&name=Ana&autojoin=1", HERE)), "/r/abc?debug=1");
  },

  "a pasted link, path or id is understood": async (t) => {
    for (const text of [`${HERE}/r/abc`, "room.example/r/abc?name=x", "/r/abc", " abc ", "http://room.example/r/abc"]) {
      t.equal(readLink(text, HERE), {roomId: "abc"}, text);
    }
  },

  "a room of another server is elsewhere": async (t) => {
    t.equal(readLink("https://other.example/r/abc", HERE), {elsewhere: "https://other.example/r/abc"});
  },

  "what is no link to a room is refused": async (t) => {
    for (const text of ["", "hello there", "https://other.example/", "javascript:alert(1)//r/abc", "javascript://x/r/abc", "data://x/r/abc", "ftp://x/r/abc"]) {
      t.equal(readLink(text, HERE), null, text);
    }
  },

  "eight recent rooms are kept, the newest first, each once": async (t) => {
    const storage = fakeStorage();
    for (let n = 0; n < 10; n += 1) rememberRoom(storage, {id: `r${n}`, title: "T", at: n, durationS: 1, people: []});
    rememberRoom(storage, {id: "r5", title: "T", at: 99, durationS: 1, people: []});
    t.equal(recentRooms(storage).map(({id}) => id), ["r5", "r9", "r8", "r7", "r6", "r4", "r3", "r2"]);
  },

  "what someone wrote into the storage does no harm": async (t) => {
    t.equal(recentRooms(fakeStorage({"greenroom.recent": "{"})), []);
    t.equal(recentRooms(fakeStorage({"greenroom.recent": '[1, null, {"id": 3}]'})), []);
    t.equal(readSession(fakeStorage({"greenroom.session.r": '{"token": 1}'}), "r"), null);
    t.equal(readSession(fakeStorage({"greenroom.session.r": "nonsense"}), "r"), null);
  },

  "a session is kept for its room and can be forgotten": async (t) => {
    const storage = fakeStorage();
    const session = {token: "t", self: "a", since: 1, microphone: true, camera: false, pending: []};
    writeSession(storage, "r", session);
    t.equal([readSession(storage, "r"), readSession(storage, "other")], [session, null]);
    writeSession(storage, "r", null);
    t.equal(readSession(storage, "r"), null);
  },

  "only one page holds the lock of a participant": async (t) => {
    const environment = {locks: navigator.locks, reloaded: false};
    const release = await takeLock("me", environment);
    t.ok(release);
    t.equal(await takeLock("me", environment), null);
    const waiting = takeLock("me", {...environment, reloaded: true});
    release();
    const second = await waiting;
    t.ok(second, "after a reload the lock is waited for");
    second();
  },

  "without locks only a reload is believed": async (t) => {
    t.equal(await takeLock("me", {locks: undefined, reloaded: false}), null);
    t.ok(await takeLock("me", {locks: undefined, reloaded: true}));
  },
};
