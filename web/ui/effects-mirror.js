import {useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {isSent} from "./device-toggle.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {Video} from "./video.js";
import {isWritten} from "./written.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */

const STEP = 0.05;
const KEYS = /** @type {Record<string, (split: number) => number>} */ ({
  ArrowLeft: (split) => split - STEP,
  ArrowDown: (split) => split - STEP,
  ArrowRight: (split) => split + STEP,
  ArrowUp: (split) => split + STEP,
  Home: () => 0,
  End: () => 1,
});

/** Our picture before and after its effects: side by side while only we see them, else one or the other.
 * @param {{app: App, state: State}} props
 */
export const EffectsMirror = ({app, state}) => {
  const t = useWords();
  const {own, picture, filters} = state.effects;
  const [ready, setReady] = useState(/** @type {string | null} */ (null));
  const [comparing, setComparing] = useState(false);
  const [split, setSplit] = useState(0.5);
  const mirror = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => mirror.current?.style.setProperty("--split", `${(split * 100).toFixed(1)}%`), [split]);
  const cameraOn = isSent(state.camera);
  const after = cameraOn && own.video.length > 0 ? app.ownPicture() : null;
  const there = after !== null && ready === picture;
  const preview = there && !own.shown;
  const bare = !there || preview || comparing;
  // Both sides alike: one face that looks two ways would be no comparison.
  const side = there && isWritten(own.video, filters) ? "effects__picture--as-sent" : "";
  return html`
    <div class="effects__mirror" ref=${mirror}>
      ${!cameraOn && html`<p class="effects__off">${t("lobby.camera-off")}</p>`}
      ${after &&
      h(Video, {
        key: after.id,
        stream: after,
        class: `effects__picture ${side} ${there ? "" : "effects__picture--late"}`,
        onPicture: () => setReady(after.id),
      })}
      ${cameraOn &&
      bare &&
      html`<div class=${`effects__before ${preview && !comparing ? "" : "effects__before--whole"}`}>
        ${h(Video, {stream: app.localStream(), class: `effects__picture ${side}`})}
      </div>`}
      ${preview && h(Divider, {mirror, split, setSplit})}
      ${preview &&
      html`<div class="effects__tags">
        <span class="badge badge--on-video">${t("effects.before")}</span>
        <span class="badge badge--on-video">${t("effects.after")}</span>
      </div>`}
      ${there && own.shown && h(ShownTags, {comparing, setComparing})}
    </div>`;
};

/** The line between before and after: it follows what is pressed or dragged anywhere in the mirror, and the arrows.
 * @param {{mirror: {current: HTMLElement | null}, split: number, setSplit: (split: number) => void}} props
 */
const Divider = ({mirror, split, setSplit}) => {
  const t = useWords();
  const to = (/** @type {number} */ share) => setSplit(Math.min(1, Math.max(0, share)));
  const follow = (/** @type {PointerEvent & {currentTarget: HTMLElement}} */ event) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !mirror.current) return;
    const {left, width} = mirror.current.getBoundingClientRect();
    to((event.clientX - left) / width);
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const next = KEYS[event.key];
    if (!next) return;
    event.preventDefault();
    to(next(split));
  };
  return html`
    <div
      class="effects__divider"
      role="slider"
      tabindex="0"
      aria-label=${t("effects.compare")}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(split * 100)}
      onPointerDown=${(/** @type {PointerEvent & {currentTarget: HTMLElement}} */ event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event); // without a drag, too
      }}
      onPointerMove=${follow}
      onKeyDown=${key}
    ></div>`;
};

/** @param {{comparing: boolean, setComparing: (on: boolean) => void}} props */
const ShownTags = ({comparing, setComparing}) => {
  const t = useWords();
  const start = () => setComparing(true);
  const stop = () => setComparing(false);
  const held = (/** @type {KeyboardEvent} */ event) => event.key === " " || event.key === "Enter";
  return html`
    <div class="effects__tags">
      ${comparing
        ? html`<span class="badge badge--on-video">${t("effects.before")}</span>`
        : html`<span class="badge badge--live">
            ${h(Icon, {name: "users", size: 14})}<span>${t("effects.everyone-sees")}</span>
          </span>`}
      <button
        type="button"
        class="badge badge--on-video effects__compare"
        aria-pressed=${comparing}
        onPointerDown=${start}
        onPointerUp=${stop}
        onPointerLeave=${stop}
        onPointerCancel=${stop}
        onBlur=${stop}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
          if (!held(event)) return;
          event.preventDefault(); // Space would talk
          start();
        }}
        onKeyUp=${(/** @type {KeyboardEvent} */ event) => held(event) && stop()}
      >
        ${t("effects.hold")}
      </button>
    </div>`;
};
