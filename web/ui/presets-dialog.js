import {useRef, useState} from "../vendor/hooks.js";
import {Dialog} from "./dialog.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** Chains under names: use one, throw one away, or save the present one.
 * @param {{
 *   presets: import("../core/types.js").Preset[], canSave: boolean,
 *   actions: import("../core/types.js").EffectActions, close: () => void,
 * }} props
 */
export const PresetsDialog = ({presets, canSave, actions, close}) => {
  const t = useWords();
  const [name, setName] = useState("");
  const [nameless, setNameless] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (name.trim() === "") {
      setNameless(true);
      field.current?.focus();
      return;
    }
    actions.savePreset(name.trim());
    close();
  };
  return h(
    Dialog,
    {title: t("presets.title"), close},
    html`
      ${presets.length === 0 && html`<p class="field__hint">${t("presets.none")}</p>`}
      <ul class="presets">
        ${presets.map(
          (preset) => html`
            <li class="presets__row" key=${preset.name}>
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
                onClick=${() => actions.removePreset(preset.name)}
              >
                ${h(Icon, {name: "x", size: 16})}
              </button>
            </li>`,
        )}
      </ul>
      <form onSubmit=${save}>
        ${canSave &&
        html`<label class="field">
          <span class="field__label">${t("presets.name")}</span>
          <input
            ref=${field}
            class="input"
            dir="auto"
            aria-invalid=${nameless}
            aria-describedby=${nameless ? "nameless" : undefined}
            value=${name}
            maxlength="40"
            autocomplete="off"
            onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => {
              setName(event.currentTarget.value);
              setNameless(false);
            }}
          />
          ${nameless &&
          html`<span class="field__error" id="nameless" role="alert">${t("presets.name.missing")}</span>`}
        </label>`}
        <div class="dialog__actions">
          <button type="button" class="button" onClick=${close}>${t("panel.close")}</button>
          ${canSave && html`<button class="button button--primary">${t("presets.save")}</button>`}
        </div>
      </form>`,
  );
};
