import * as chain from "../../web/core/chain.js";

const number = (name, change = {}) => ({
  name, title: name, kind: "number", default: 5, low: 0, high: 10, step: 0, whole: false, unit: "", choices: [], ...change,
});
const filter = (name, change = {}) => ({
  name, title: `Title of ${name}`, kind: "video", category: "look", description: "", private: false, origin: "built-in",
  file: null, broken: false, params: [number("amount")], ...change,
});
const blur = filter("blur", {private: true});
const edges = filter("edges");
const echo = filter("echo", {kind: "audio"});
const three = () => [blur, edges, echo].reduce((effects, one, n) => chain.add(effects, one, `${n}`), chain.noEffects());
const ids = ({video, audio}) => [video.map(({id}) => id), audio.map(({id}) => id)];

export default {
  "what is added stands last in its chain, with its defaults": (t) => {
    const effects = three();
    t.equal(ids(effects), [["0", "1"], ["2"]]);
    t.equal(effects.video[0], {id: "0", filter: "blur", title: "Title of blur", params: {amount: 5}});
  },

  "a full chain takes no more": (t) => {
    let effects = chain.noEffects();
    for (let n = 0; n < 9; n += 1) effects = chain.add(effects, edges, `${n}`);
    t.equal(effects.video.length, chain.MOST_EFFECTS);
    t.equal(chain.add(effects, echo, "x").audio.length, 1, "sound has its own");
  },

  "nothing is shown of what is empty": (t) => {
    t.equal(chain.withShown(chain.noEffects(), true).shown, false);
    const shown = chain.withShown(three(), true);
    t.equal(shown.shown, true);
    t.equal(chain.without(shown, ["0", "1"]).shown, true);
    t.equal(chain.without(shown, ["0", "1", "2"]), chain.noEffects());
  },

  "an effect moves in its own chain, and not over its ends": (t) => {
    const effects = chain.add(three(), edges, "3");
    t.equal(ids(chain.move(effects, "0", 1)), [["1", "0", "3"], ["2"]]);
    t.equal(ids(chain.move(effects, "0", 99)), [["1", "3", "0"], ["2"]]);
    t.equal(ids(chain.move(effects, "3", -4)), [["3", "0", "1"], ["2"]]);
    t.equal(ids(chain.move(effects, "nobody", 0)), ids(effects));
  },

  "numbers are brought to what a parameter may be": (t) => {
    t.equal(chain.fitNumber(number("n"), 99), 10);
    t.equal(chain.fitNumber(number("n"), Number.NaN), 5);
    t.equal(chain.fitNumber(number("n", {whole: true}), 3.4), 3);
    t.equal(chain.fitNumber(number("n", {step: 0.1}), 0.30000000004), 0.3);
    t.equal(chain.fitNumber(number("n", {low: 1, high: 9, step: 3, whole: true}), 6), 7, "steps begin at the lowest");
  },

  "what hides something is known by its filter, and what nobody knows is taken for it": (t) => {
    const shown = chain.withShown(three(), true);
    t.equal(chain.hides(shown, [blur, edges]), true);
    t.equal(chain.hides(chain.withShown(shown, false), [blur, edges]), false);
    t.equal(chain.hides(chain.without(shown, ["0"]), [blur, edges]), false);
    t.equal(chain.hides(chain.without(shown, ["0"]), null), true);
    t.equal(chain.hides(chain.without(shown, ["0", "1"]), null), false, "sound hides nothing");
  },

  "a preset comes back without pictures, and as the filters are by then": (t) => {
    const overlay = filter("overlay", {params: [{...number("picture"), kind: "image", default: ""}, number("size")]});
    const effects = chain.withParams(chain.add(three(), overlay, "9"), "9", {picture: "abc", size: 7});
    const preset = chain.toPreset("Mine", effects, [blur, edges, echo, overlay]);
    t.equal(preset.video[2], {filter: "overlay", title: "Title of overlay", params: {size: 7}, pictured: true});
    const narrower = {...overlay, params: [overlay.params[0], number("size", {high: 6})]};
    let next = 0;
    const back = chain.fromPreset(preset, [edges, {...blur, broken: true}, echo, narrower], () => `n${(next += 1)}`, true);
    t.equal(back.effects.video.map(({filter: name, params}) => [name, params]), [["edges", {amount: 5}], ["overlay", {picture: "", size: 6}]]);
    t.equal([back.effects.audio.length, back.effects.shown], [1, true]);
    t.equal([back.gone.map(({filter: name}) => name), back.pictureless.map(({title}) => title)], [["blur"], ["Title of overlay"]]);
    const nothing = chain.fromPreset(preset, [], () => "x", true);
    t.equal([nothing.effects, nothing.gone.length, nothing.pictureless], [chain.noEffects(), 4, []], "nothing is left of it");
  },
};
