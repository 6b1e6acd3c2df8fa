import {useEffect, useState} from "../vendor/hooks.js";
import {allOf, isOff} from "../core/chain.js";
import {EffectsBrowser} from "./effects-browser.js";
import {EffectsChain, useOpened} from "./effects-chain.js";
import {EffectsCost, measured} from "./effects-cost.js";
import {EffectsListing} from "./effects-listing.js";
import {EffectsMirror} from "./effects-mirror.js";
import {EffectsSay} from "./effects-say.js";
import {EffectsShown} from "./effects-shown.js";
import {EffectTroubles} from "./effect-troubles.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {leaveFor} from "./leave-for.js";
import {LocalEffectsChoice} from "./local-effects.js";
import {Panel} from "./panel.js";
import {useWords} from "./preferences.js";
import {PresetsDialog} from "./presets-dialog.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */

/** Our own effects: how they look, who sees them, what they cost, which they are, and which there are.
 * @param {{
 *   app: App, state: State, search: {current: import("./effects-browser.js").Search}, close: () => void,
 * }} props
 */
export const EffectsPanel = ({app, state, search, close}) => {
  const t = useWords();
  const {effects: actions} = app.actions;
  const {effects, room} = state;
  const isPrivate = room?.media === "private";
  useEffect(() => actions.list(), [isPrivate, state.link]);
  const undo = html`
    <button
      type="button"
      class="icon-button icon-button--small"
      aria-label=${t("effects.undo")}
      aria-disabled=${!effects.canUndo}
      onClick=${() => effects.canUndo && actions.undo()}
    >
      ${h(Icon, {name: "undo-2"})}
    </button>`;
  const none = isPrivate ? t("effects.private-room") : effects.filters?.length === 0 ? t("effects.unavailable") : null;
  // Who hides behind it stays hidden when the room is private no more.
  const local = isPrivate || Object.values(state.local).some((now) => now !== "off");
  return h(
    Panel,
    {title: t("effects.title"), tools: none === null ? undo : null, close},
    html`
      <div class="panel__body panel__body--fade" tabindex="0" role="group" aria-label=${t("effects.title")}>
        <div class="effects">
          <div class="effects__top">
            ${h(EffectsMirror, {app, state})}
            ${none === null && h(WhoSees, {app, state})}
          </div>
          ${local && h(LocalEffectsChoice, {app, state})}
          ${none === null
            ? h(Choices, {app, state, search})
            : html`<p class="effects__say">
                ${h(Icon, {name: isPrivate ? "shield" : "server", size: 16})}<span>${none}</span>
              </p>`}
        </div>
      </div>`,
  );
};

/** Who gets the effects. Before there are any, what a first one does stands in the same place: the choice must not
 * come under a pointer that was on a card.
 * @param {{app: App, state: State}} props
 */
const WhoSees = ({app, state}) => {
  const {own} = state.effects;
  const sound = own.video.length === 0;
  return html`
    <div class="effects__who">
      ${isOff(own) ? h(EffectsSay, {state}) : h(EffectsShown, {shown: own.shown, sound, show: app.actions.effects.show})}
    </div>`;
};

/** @param {{app: App, state: State, search: {current: import("./effects-browser.js").Search}}} props */
const Choices = ({app, state, search}) => {
  const t = useWords();
  const {effects: actions} = app.actions;
  const {own, filters, troubles} = state.effects;
  const cost = measured(state.effects.cost, state.camera);
  const off = isOff(own);
  const [said, say] = useState("");
  const [open, setOpen] = useOpened(allOf(own));
  const [presets, setPresets] = useState(false);
  return html`
${!off && h(EffectsCost, {cost, own})}
    ${!off && h(EffectsSay, {state})}
    ${h(EffectTroubles, {
      troubles,
      own,
      filters: filters ?? [],
      dismiss: (trouble) => {
        const pressed = document.activeElement;
        // Its cross goes with it: on to what it was about, if that is still there.
        if (pressed instanceof HTMLElement) leaveFor(pressed, allOf(own).some(({id}) => id === trouble.id) ? trouble.id : null);
        actions.dismiss(trouble);
      },
    })}
    ${(!off || (filters && state.presets.length > 0)) &&
    html`<div class="effects__head">
      <h3 class="effects__title">${t("effects.chain")}</h3>
      ${filters &&
      html`<button type="button" class="button button--quiet button--small" onClick=${() => setPresets(true)}>
        ${t("presets.title")}
      </button>`}
      ${!off &&
      html`<button
        type="button"
        class="button button--quiet button--small"
        onClick=${(/** @type {{currentTarget: HTMLElement}} */ event) => {
          leaveFor(event.currentTarget, null); // the button goes with the chain
          actions.clear();
        }}
      >
        ${t("effects.clear")}
      </button>`}
    </div>`}
    ${!off && h(EffectsChain, {app, effects: {...state.effects, cost}, open, setOpen, say})}
    ${filters
      ? h(EffectsBrowser, {app, state, filters, search})
      : h(EffectsListing, {unlisted: state.effects.unlisted, again: actions.list})}
    <div class="visually-hidden" role="status">${said}</div>
    ${presets &&
    h(PresetsDialog, {presets: state.presets, canSave: !off, actions, close: () => setPresets(false)})}`;
};
