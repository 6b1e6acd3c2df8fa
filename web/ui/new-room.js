import {useRef, useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {Refusal} from "./refusal.js";
import {isRoomName, roomName} from "./room-name.js";
import {refusal} from "./words.js";

/** @typedef {import("../core/types.js").Actions} Actions */
/** @typedef {import("../core/types.js").WireError} WireError */

const MOST_TITLE_CHARACTERS = 80;
const ABOUT_THE_NAME = ["room-exists", "names-not-allowed", "invalid-message"];

/** Makes a room; where the operator allows it, under a name that people can remember.
 * @param {{create: Actions["createRoom"], named: boolean, error: WireError | null}} props
 */
export const NewRoom = ({create, named, error}) => {
  const t = useWords();
  const [typed, setTyped] = useState("");
  const [sent, setSent] = useState("");
  const [unfit, setUnfit] = useState(false);
  const [making, setMaking] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const refused = error !== null && sent !== "" && ABOUT_THE_NAME.includes(error.code);
  const wrong = unfit ? t("home.name.unfit") : refused && sent === typed ? refusal(t, error) : null;

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (making) return;
    const title = typed.trim();
    const name = roomName(typed);
    const fits = title === "" || isRoomName(name);
    setUnfit(!fits);
    setSent(typed);
    if (!fits) return field.current?.focus();
    setMaking(true);
    try {
      await create(title === "" ? undefined : {name, title});
    } finally {
      setMaking(false);
    }
  };
  const type = (/** @type {string} */ next) => {
    setTyped(next);
    setUnfit(false);
  };
  return html`
    <form class="home__new" onSubmit=${submit}>
      ${named && h(NameField, {field, typed, wrong, type})}
      <button class="button button--primary button--large button--wide" aria-busy=${making}>
        ${making ? t("home.making") : t("home.new")}
      </button>
    </form>
    ${h(Refusal, {error: refused ? null : error})}`;
};

/**
 * @param {{
 *   field: {current: HTMLInputElement | null}, typed: string, wrong: string | null, type: (typed: string) => void,
 * }} props
 */
const NameField = ({field, typed, wrong, type}) => {
  const t = useWords();
  return html`
    <div class=${`field ${wrong ? "field--error" : ""}`}>
      <label class="field__label" for="room-name">
        ${t("home.name")} <span class="field__optional">${t("home.name.optional")}</span>
      </label>
      <input
        ref=${field}
        class="input"
        id="room-name"
        dir="auto"
        value=${typed}
        maxlength=${MOST_TITLE_CHARACTERS}
        autocomplete="off"
        aria-invalid=${wrong !== null}
        aria-describedby="room-name-says"
        onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => type(event.currentTarget.value)}
      />
      <div id="room-name-says">
        ${wrong
          ? html`<p class="field__error" role="alert">
              ${h(Icon, {name: "circle-alert", size: 16})}<span>${wrong}</span>
            </p>`
          : html`<p class="field__hint">${t("home.name.rule")}</p>`}
      </div>
    </div>`;
};
