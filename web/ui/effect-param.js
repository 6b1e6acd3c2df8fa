import {useId, useRef, useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {choiceTitle, paramTitle} from "./filter-words.js";
import {useWords} from "./preferences.js";
import {Slider} from "./slider.js";

/** @typedef {import("../core/types.js").EffectActions} EffectActions */
/** @typedef {import("../core/types.js").Param} Param */
/** @typedef {import("../core/types.js").ParamValue} ParamValue */
/** @typedef {{filter: string, param: Param, value: ParamValue, set: (value: ParamValue) => void}} ParamProps */

const LONGEST_TEXT = 200;
const TEXT = {class: "input", dir: "auto", autocomplete: "off", maxlength: LONGEST_TEXT};
const COLOUR = {class: "param__colour", type: "color"};

/** One parameter of an effect, as its kind asks for.
 * @param {ParamProps & {addPicture: EffectActions["addPicture"]}} props
 */
export const EffectParam = ({addPicture, ...props}) => {
  const t = useWords();
  const {param, value, set} = props;
  const title = paramTitle(t, props.filter, param);
  switch (param.kind) {
    case "number":
      return h(Slider, {title, scale: param, value: Number(value), set});
    case "choice":
      return h(Choice, {...props, title});
    case "switch":
      return h(Switch, {title, on: value === true, set});
    case "text":
      return h(Field, {title, value: String(value), set, as: TEXT});
    case "colour":
      return h(Field, {title, value: String(value), set, as: COLOUR});
    case "image":
      return h(Picture, {title, value: String(value), set, addPicture});
  }
};

/** @param {ParamProps & {title: string}} props */
const Choice = ({filter, param, value, set, title}) => {
  const t = useWords();
  const id = useId();
  return html`
    <div class="param">
      <label for=${id}>${title}</label>
      <span class="select">
        <select
          id=${id}
          class="select__native"
          value=${value}
          onChange=${(/** @type {{currentTarget: HTMLSelectElement}} */ event) => set(event.currentTarget.value)}
        >
          ${param.choices.map(
            (choice) =>
              html`<option key=${choice.value} value=${choice.value}>${choiceTitle(t, filter, param.name, choice)}</option>`,
          )}
        </select>
        ${h(Icon, {name: "chevron-down", size: 16})}
      </span>
    </div>`;
};

/** @param {{title: string, on: boolean, set: (on: boolean) => void}} props */
const Switch = ({title, on, set}) => html`
  <div class="param">
    <span class="param__name" aria-hidden="true">${title}</span>
    <button
      type="button"
      class="switch__track"
      role="switch"
      aria-checked=${on}
      aria-label=${title}
      onClick=${() => set(!on)}
    ></button>
  </div>`;

/** A field of the browser's own, for text or a colour.
 * @param {{title: string, value: string, set: (value: string) => void, as: Record<string, unknown>}} props `as`: its attributes
 */
const Field = ({title, value, set, as}) => {
  const id = useId();
  return html`
    <div class="param">
      <label for=${id}>${title}</label>
      <input
        ...${as}
        id=${id}
        value=${value}
        onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => set(event.currentTarget.value)}
      />
    </div>`;
};

/** @param {{title: string, value: string, set: (id: string) => void, addPicture: EffectActions["addPicture"]}} props */
const Picture = ({title, value, set, addPicture}) => {
  const t = useWords();
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [busy, setBusy] = useState(false);
  const chosen = async (/** @type {{currentTarget: HTMLInputElement}} */ event) => {
    const input = event.currentTarget;
    const [file] = input.files ?? [];
    input.value = ""; // the same file may be chosen again
    if (!file || busy) return;
    setBusy(true);
    const id = await addPicture(file);
    setBusy(false);
    if (id !== null) set(id);
  };
  return html`
    <div class="param">
      <span class="param__name" aria-hidden="true">${title}</span>
      <span class="param__picture">
        <input
          ref=${field}
          class="param__file"
          type="file"
          accept="image/*"
          aria-label=${title}
          onChange=${chosen}
        />
        ${value !== "" &&
        html`<button
          type="button"
          class="icon-button icon-button--small"
          aria-label=${t("effects.picture.remove")}
          onClick=${() => set("")}
        >
          ${h(Icon, {name: "x", size: 16})}
        </button>`}
        <button
          type="button"
          class="button button--small"
          tabindex="-1"
          aria-hidden="true"
          aria-busy=${busy}
          onClick=${() => field.current?.click()}
        >
          ${h(Icon, {name: "image", size: 16})}${t(value === "" ? "effects.picture.choose" : "effects.picture.change")}
        </button>
      </span>
    </div>`;
};
