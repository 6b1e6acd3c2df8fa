import {useId, useRef, useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {choiceTitle, paramTitle} from "./filter-words.js";
import {takeLine} from "./one-line.js";
import {useWords} from "./preferences.js";
import {Slider} from "./slider.js";

/** @typedef {import("../core/types.js").EffectActions} EffectActions */
/** @typedef {import("../core/types.js").Param} Param */
/** @typedef {import("../core/types.js").ParamValue} ParamValue */
/** @typedef {{filter: string, param: Param, value: ParamValue, set: (value: ParamValue) => void}} ParamProps */

const LONGEST_TEXT = 200;

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
      return h(Text, {title, value: String(value), set});
    case "colour":
      return h(Colour, {title, value: String(value), set});
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
      <label for=${id} title=${title}>${title}</label>
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
  <div class="param param--wide">
    <span class="param__name" aria-hidden="true" title=${title}>${title}</span>
    <button
      type="button"
      class="switch__track"
      role="switch"
      aria-checked=${on}
      aria-label=${title}
      onClick=${() => set(!on)}
    ></button>
  </div>`;

/** @param {{title: string, value: string, set: (value: string) => void}} props */
const Text = ({title, value, set}) => {
  const id = useId();
  // What an input method has not finished is left alone: to change the field would break it off.
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  const take = (/** @type {HTMLInputElement} */ field) => {
    set(takeLine(field));
    setDraft(null);
  };
  return html`
    <div class="param">
      <label for=${id} title=${title}>${title}</label>
      <input
        id=${id}
        class="input"
        dir="auto"
        autocomplete="off"
        maxlength=${LONGEST_TEXT}
        value=${draft ?? value}
        onInput=${(/** @type {InputEvent & {currentTarget: HTMLInputElement}} */ event) => {
          if (event.isComposing) setDraft(event.currentTarget.value);
          else take(event.currentTarget);
        }}
        onCompositionEnd=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => take(event.currentTarget)}
      />
    </div>`;
};

/** @param {{title: string, value: string, set: (value: string) => void}} props */
const Colour = ({title, value, set}) => {
  const id = useId();
  return html`
    <div class="param param--wide">
      <label for=${id} title=${title}>${title}</label>
      <input
        id=${id}
        class="param__colour"
        type="color"
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
      <span class="param__name" aria-hidden="true" title=${title}>${title}</span>
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
          onClick=${() => {
            field.current?.focus(); // this button goes with the picture
            set("");
          }}
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
