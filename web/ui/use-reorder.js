import {useEffect, useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {move} from "../core/chain.js";
import {edgeScroll} from "./edge-scroll.js";

/** @typedef {import("../core/types.js").Effects} Effects */
/** @typedef {import("../core/types.js").Filter["kind"]} Kind */
/** @typedef {{id: string, to: number}} Lifted */

/**
 * Another order of the effects: by dragging a grip, step by step with buttons, or with Alt and the arrows. What is
 * dragged takes its place when it is let go: the chain changes once, and one Undo takes it back.
 * @param {Effects} own
 * @param {(id: string, kind: Kind, to: number) => void} put takes an effect to a place of its chain
 */
export const useReorder = (own, put) => {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [lifted, setLifted] = useState(/** @type {Lifted | null} */ (null));
  const held = useRef({top: 0, of: /** @type {HTMLElement | null} */ (null), end: new AbortController()});
  const latest = useRef({own, put});
  latest.current = {own, put};
  const focus = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    // What moves in the document loses the focus.
    focus.current?.focus();
    focus.current = null;
  });
  useLayoutEffect(() => {
    // What was open above it is closed now: it stays under the pointer all the same.
    const {top, of} = held.current;
    const gap = lifted && of ? Math.max(0, top - of.getBoundingClientRect().top) : 0;
    list.current?.style.setProperty("padding-top", `${gap}px`);
  }, [lifted === null]);
  useEffect(() => () => held.current.end.abort(), []);

  const grip = (/** @type {string} */ id, /** @type {Kind} */ kind) => (
    /** @type {PointerEvent & {currentTarget: HTMLElement}} */ event,
  ) => {
    const box = event.currentTarget.closest(".panel__body");
    if (event.button !== 0 || !list.current || !(box instanceof HTMLElement)) return;
    event.preventDefault();
    const {top, height} = event.currentTarget.getBoundingClientRect();
    // Heard on the document: the grip itself is moved about while it is held.
    const end = new AbortController();
    const {signal} = end;
    held.current.end.abort();
    held.current = {top, of: event.currentTarget, end};
    const offset = event.clientY - (top + height / 2);
    const from = placeOf(own, kind, id);
    let to = from;
    let y = /** @type {number | null} */ (null);
    const follow = () => {
      const next = y === null ? to : nearest(list.current, kind, y - offset);
      if (next === to) return;
      to = next;
      setLifted({id, to});
    };
    const over = (/** @type {boolean} */ isPut) => {
      end.abort();
      if (isPut && placeOf(latest.current.own, kind, id) !== to) latest.current.put(id, kind, to);
      setLifted(null);
    };
    setLifted({id, to});
    document.addEventListener("pointermove", ({clientY}) => {
      y = clientY;
      follow();
    }, {signal});
    document.addEventListener("pointerup", () => over(true), {signal});
    document.addEventListener("pointercancel", () => over(false), {signal});
    edgeScroll(box, list.current, {y: () => y, scrolled: follow, signal});
  };

  const step = (/** @type {string} */ id, /** @type {Kind} */ kind, /** @type {number} */ by) => {
    if (document.activeElement instanceof HTMLElement) focus.current = document.activeElement;
    put(id, kind, placeOf(own, kind, id) + by);
  };
  const keys = (/** @type {string} */ id, /** @type {Kind} */ kind) => (/** @type {KeyboardEvent} */ event) => {
    const by = {ArrowUp: -1, ArrowDown: 1}[event.key];
    if (!event.altKey || by === undefined) return;
    event.preventDefault();
    step(id, kind, by);
  };
  return {list, lifted: lifted?.id ?? null, seen: lifted ? move(own, lifted.id, lifted.to) : own, grip, step, keys};
};

/** @param {Effects} own @param {Kind} kind @param {string} id */
const placeOf = (own, kind, id) => own[kind].findIndex((one) => one.id === id);

/**
 * The place in a chain that is nearest: all are of one height while something is dragged.
 * @param {HTMLElement | null} list @param {Kind} kind @param {number} y
 */
const nearest = (list, kind, y) => {
  const far = [...(list?.querySelectorAll(`[data-kind="${kind}"]`) ?? [])].map((item) => {
    const {top, height} = item.getBoundingClientRect();
    return Math.abs(top + height / 2 - y);
  });
  return far.indexOf(Math.min(...far));
};
