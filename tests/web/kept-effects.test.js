import {forgetEffects, goingOn, readEffects, readLocal, writeEffects, writeLocal} from "../../web/core/kept-effects.js";
import {fakeKeeper} from "./fakes.js";

const own = {video: [{id: "1", filter: "picture", title: "Picture", params: {picture: "p1", size: 2}}], audio: [], shown: true};
const picture = {name: "picture", private: false, params: [{name: "picture", kind: "image"}, {name: "size", kind: "number"}]};
const other = {name: "other", private: false, params: []};

export default {
  "a tab keeps its effects and the filters that they need, without pictures of an earlier call": (t) => {
    const tab = fakeKeeper();
    t.equal(readEffects(tab), null);
    writeEffects(tab, {room: "room", own, behind: null, filters: [picture, other]});
    const kept = readEffects(tab);
    t.equal(kept.own.video[0].params, {size: 2});
    t.equal([kept.room, kept.own.shown, kept.behind, kept.filters.map(({name}) => name)], ["room", true, null, ["picture"]]);
  },

  "what was shown goes on in its room alone, what hides in every room, and what was forgotten in none": (t) => {
    const tab = fakeKeeper();
    const on = (room) => goingOn(readEffects(tab), room).shown;
    writeEffects(tab, {room: "room", own, behind: null, filters: [picture]});
    t.equal([on("room"), on("other")], [true, false]);
    writeEffects(tab, {room: "room", own: {...own, video: [], shown: false}, behind: own, filters: [picture]});
    t.equal([on("room"), on("other")], [true, true]);
    forgetEffects(tab);
    t.equal(readEffects(tab), null);
  },

  "what somebody else wrote there is no effect": (t) => {
    const tab = fakeKeeper();
    for (const text of ["{", "null", "[]", `{"room":"r","filters":[],"own":{"video":[1],"audio":[],"shown":true},"behind":null}`]) {
      tab.setItem("greenroom.effects", text);
      tab.setItem("greenroom.local-effects", text);
      t.equal([readEffects(tab), readLocal(tab)], [null, []]);
    }
  },

  "a tab keeps what its browser is to make of each device": (t) => {
    const tab = fakeKeeper();
    writeLocal(tab, "camera", true);
    writeLocal(tab, "microphone", true);
    writeLocal(tab, "microphone", false);
    t.equal(readLocal(tab), ["camera"]);
  },
};
