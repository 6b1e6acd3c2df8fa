import {useState} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {Mirror} from "./mirror.js";
import {NewRoom} from "./new-room.js";
import {Page} from "./page.js";
import {useWords} from "./preferences.js";
import {RecentRooms} from "./recent-rooms.js";

/** @typedef {import("../core/types.js").Actions} Actions */
/** @typedef {import("../core/types.js").RecentRoom} RecentRoom */
/** @typedef {import("../core/types.js").WireError} WireError */

/** @param {{actions: Actions, recent: RecentRoom[], roomNames: boolean, error: WireError | null}} props */
export const Home = ({actions, recent, roomNames, error}) => {
  const t = useWords();
  return h(
    Page,
    {onHome: actions.goHome, foot: html`<span>${t("home.foot")}</span>`},
    html`
      <main class="home">
        <div>
          <h1 class="home__title">${t("home.title.first")}<br />${t("home.title.second")}</h1>
          <p class="home__lede">${t("home.lede")}</p>
          <div class="home__start">
            ${h(NewRoom, {create: actions.createRoom, named: roomNames, error})}
            ${h(EnterRoom, {open: actions.openRoom})}
          </div>
          ${recent.length > 0 && h(RecentRooms, {rooms: recent, open: actions.openRoom})}
        </div>
        ${h(Takes, {})}
      </main>`,
  );
};

/** @param {{open: Actions["openRoom"]}} props */
const EnterRoom = ({open}) => {
  const t = useWords();
  const [link, setLink] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setWrong(!open(link.trim()));
  };
  return html`
    <form class=${`field ${wrong ? "field--error" : ""}`} onSubmit=${submit}>
      <div class="home__or">
        <div class="field__control">
          ${h(Icon, {name: "link"})}
          <input
            class="input input--large"
            value=${link}
            placeholder=${t("home.link.placeholder")}
            aria-label=${t("home.link")}
            aria-invalid=${wrong}
            aria-describedby=${wrong ? "link-wrong" : undefined}
            inputmode="url"
            autocomplete="off"
            onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => {
              setLink(event.currentTarget.value);
              setWrong(false);
            }}
          />
        </div>
        <button class="button button--large">${t("home.enter")}</button>
      </div>
      ${wrong &&
      html`<p class="field__error" id="link-wrong" role="alert">
        ${h(Icon, {name: "circle-alert", size: 16})}<span>${t("home.link.wrong")}</span>
      </p>`}
    </form>`;
};

/** One camera, three takes: a picture of what the room is for. */
const Takes = () => {
  const t = useWords();
  const picture = html`
    <div class="triptych">
      <img src="/static/assets/take-camera.jpg" alt="" width="960" height="540" />
      <img src="/static/assets/take-cartoon.jpg" alt="" width="960" height="540" />
      <img src="/static/assets/take-halftone.jpg" alt="" width="960" height="540" />
      <svg class="triptych__line" viewBox="0 0 1000 562" preserveAspectRatio="none" aria-hidden="true">
        <path d="M390 0 330 562M565 0 505 562" />
      </svg>
      <div class="triptych__labels">
        <span class="badge badge--on-video"><span>${t("home.take.camera")}</span></span>
        <span class="badge badge--on-video"><span>${t("home.take.halftone")}</span></span>
      </div>
    </div>`;
  return html`
    <figure class="home__figure">
      ${h(Mirror, {lit: true, children: picture})}
      <figcaption class="home__caption">${t("home.caption")}</figcaption>
    </figure>`;
};
