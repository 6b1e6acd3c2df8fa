import {effectActions} from "../../web/core/effect-actions.js";
import {fakeKeeper} from "./fakes.js";

const nothing = {done: true, unlisted: false, gone: [], pictureless: [], bared: false};
const mask = {filter: "mask", title: "Mask", params: {}};

const make = (studio) => {
  const it = {said: [], keeper: fakeKeeper()};
  it.actions = effectActions({
    store: {dispatch: () => undefined},
    call: {studio},
    local: {},
    notices: (kind, text, params, effects = []) => it.said.push([text, ...effects.map(({title}) => title)]),
  });
  return it;
};

export default {
  "a full chain says so": (t) => {
    for (const full of [false, true]) {
      const it = make({toggle: () => !full});
      it.actions.toggle({name: "edges"});
      t.equal(it.said, full ? [["effects.full"]] : []);
    }
  },

  "what a preset did not bring is said, and who sees us now": (t) => {
    const said = (use) => {
      const it = make({use: () => ({...nothing, ...use})});
      it.actions.usePreset({name: "P", video: [], audio: []});
      return it.said;
    };
    t.equal(said({}), []);
    t.equal(said({done: false, unlisted: true}), [["notice.preset-too-early"]]);
    t.equal(said({done: false, gone: [mask]}), [["notice.preset-kept", "Mask"]]);
    t.equal(said({gone: [mask]}), [["notice.preset-without", "Mask"]]);
    t.equal(said({gone: [{...mask, title: undefined}]}), [["notice.preset-without", "mask"]], "kept before titles were");
    t.equal(said({pictureless: [mask]}), [["notice.preset-pictureless", "Mask"]]);
    t.equal(said({bared: true}), [["notice.preset-bares"]]);
  },
};
