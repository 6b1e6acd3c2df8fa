import {useRef, useState} from "../vendor/hooks.js";
import {placeFor} from "../core/presets.js";
import {Dialog} from "./dialog.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").EffectActions} EffectActions */
/** @typedef {import("../core/types.js").Preset} Preset */

/** Chains under names: save the present one, use one, or throw one away.
 * @param {{presets: Preset[], canSave: boolean, actions: EffectActions, close: () => void}} props
 */
export const PresetsDialog = ({presets, canSave, actions, close}) => {
  const t = useWords();
  return h(
    Dialog,
    {title: t("presets.title"), close},
    html`
      ${canSave && h(SavePreset, {presets, actions, close})}
      ${presets.length === 0 && html`<p class="field__hint">${t("presets.none")}</p>`}
      <ul class="presets">
        ${presets.map((preset) => h(PresetRow, {key: preset.name, preset, actions, close}))}
      </ul>
      <div class="dialog__actions">
        <button type="button" class="button" onClick=${close}>${t("panel.close")}</button>
      </div>`,
  );
};

/** A name for the present chain, and what becomes of it under this name.
 * @param {{presets: Preset[], actions: EffectActions, close: () => void}} props
 */
const SavePreset = ({presets, actions, close}) => {
  const t = useWords();
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const place = placeFor(presets, name);
  const wrong = place === "full" || (place === "nameless" && tried);
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    setTried(true);
    if (place === "nameless" || place === "full") return field.current?.focus();
    actions.savePreset(name);
    return close();
  };
  return html`
    <form onSubmit=${save}>
      <label class=${`field ${wrong ? "field--error" : ""}`}>
        <span class="field__label">${t("presets.name")}</span>
        <input
          ref=${field}
          class="input"
          dir="auto"
          aria-invalid=${wrong}
          aria-describedby="preset-place"
          value=${name}
          maxlength="40"
          autocomplete="off"
          onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => {
            setName(event.currentTarget.value);
            setTried(false);
          }}
        />
        <span class=${wrong ? "field__error" : "field__hint"} id="preset-place" role=${wrong ? "alert" : "status"}>
          ${wrong ? t(`presets.name.${place}`) : place === "replaces" && t("presets.name.replaces")}
        </span>
      </label>
      <div class="dialog__actions">
        <button class="button button--primary">${t(place === "replaces" ? "presets.replace" : "presets.save")}</button>
      </div>
    </form>`;
};

/** @param {{preset: Preset, actions: EffectActions, close: () => void}} props */
const PresetRow = ({preset, actions, close}) => {
  const t = useWords();
  const remove = (/** @type {{currentTarget: HTMLElement}} */ {currentTarget}) => {
    // The row goes with what is pressed in it.
    const row = currentTarget.closest("li");
    const near = row?.nextElementSibling ?? row?.previousElementSibling;
    const next = near?.querySelector("button") ?? currentTarget.closest("dialog")?.querySelector("input, .dialog__actions button");
    if (next instanceof HTMLElement) next.focus();
    actions.removePreset(preset.name);
  };
  return html`
    <li class="presets__row">
      <button
        type="button"
        class="button button--quiet presets__use"
        onClick=${() => {
          actions.usePreset(preset);
          close();
        }}
      >
        <bdi>${preset.name}</bdi>
      </button>
      <button
        type="button"
        class="icon-button icon-button--small"
        aria-label=${t("presets.remove", {name: preset.name})}
        onClick=${remove}
      >
        ${h(Icon, {name: "x", size: 16})}
      </button>
    </li>`;
};
