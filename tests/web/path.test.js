import {aim, DIRECT, isChanging, isSettled, release, routeOf, show, startPath, uses} from "../../web/core/path.js";

const there = {alive: true};
const gone = {alive: false};

export default {
  "a change keeps the old way until the new one shows, and a moment longer": (t) => {
    let path = aim(startPath(DIRECT), "s1", there);
    t.equal([path.shown, isChanging(path), [...uses(path)]], [DIRECT, true, ["s1", DIRECT]]);
    path = show(path);
    t.equal([path.shown, path.held, isSettled(path), [...uses(path)]], ["s1", DIRECT, false, ["s1", DIRECT]]);
    path = release(path);
    t.equal([isSettled(path), [...uses(path)]], [true, ["s1"]]);
  },

  "a change that is taken back in the middle is no change": (t) => {
    const path = aim(aim(startPath(DIRECT), "s1", there), DIRECT, there);
    t.equal([path.shown, isSettled(path), [...uses(path)]], [DIRECT, true, [DIRECT]]);
  },

  "a change that is taken back after it showed waits for the way back to show": (t) => {
    let path = aim(show(aim(startPath(DIRECT), "s1", there)), DIRECT, there);
    t.equal([path.shown, isChanging(path), uses(path).has(DIRECT)], ["s1", true, true]);
    path = release(path);
    t.equal([path.shown, [...uses(path)].sort()], ["s1", [DIRECT, "s1"].sort()]);
    path = release(show(path));
    t.equal([path.shown, isSettled(path), [...uses(path)]], [DIRECT, true, [DIRECT]]);
  },

  "where nothing plays there is nothing to keep": (t) => {
    const path = aim(startPath("awaited"), "s1", gone);
    t.equal([path.shown, isSettled(path)], ["s1", true]);
  },

  "another session of the server is a change like any other": (t) => {
    let path = aim(startPath("s1"), "s2", there);
    path = aim(path, "s3", there);
    t.equal([...uses(path)], ["s3", "s1"]);
    path = release(show(path));
    t.equal([path.shown, [...uses(path)], routeOf(path.shown)], ["s3", ["s3"], "forwarded"]);
  },

  "what is as it shall be stays the same value": (t) => {
    const path = startPath(DIRECT);
    t.ok(aim(path, DIRECT, there) === path && aim(path, DIRECT, gone) === path);
    t.ok(show(path) === path && release(path) === path);
  },
};
