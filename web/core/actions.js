// What people may ask for, each as one short function over the parts that do it.

import {effectActions} from "./effect-actions.js";
import {wireError} from "./errors.js";
import {pathOf, readLink} from "./places.js";
import {playTestSound} from "./sound.js";
import {tab} from "./storage.js";
import {keepVolume} from "./volumes.js";

/**
 * @param {{
 *   store: import("./store.js").Store, call: import("./call.js").Call, media: import("./media.js").Media,
 *   local: import("./local-effects.js").LocalEffects,
 *   rooms: import("./rooms.js").Rooms, notices: import("./app.js").Notify,
 * }} parts
 * @returns {import("./types.js").Actions}
 */
export const actionsOf = ({store, call, media, local, rooms, notices}) => {
  const {state, dispatch} = store;
  /** @param {() => Promise<void>} request */
  const orError = async (request) => {
    dispatch({type: "error", error: null});
    await request().catch((error) => dispatch({type: "error", error: wireError(error)}));
  };
  /** @param {import("./types.js").Source} source */
  const toggle = (source) => {
    // Pressing the button of a device that does not work asks for it again.
    want(source, !media.wanted(source) || state()[source].problem !== null);
  };
  /** @param {import("./types.js").Source} source @param {boolean} on */
  const want = (source, on) => {
    void media.want(source, on);
    rooms.keepSession();
  };
  return {
    createRoom: (wishes) => orError(() => rooms.create(wishes ?? {})),
    openRoom: (link) => {
      const place = readLink(link, location.origin);
      if (!place) return false;
      if ("roomId" in place) rooms.open(place.roomId);
      else location.assign(place.elsewhere);
      return true;
    },
    goHome: () => void rooms.goHome(),
    setName: (name) => rooms.setName(name),
    join: () => rooms.join(),
    leave: () => rooms.leave(),
    goBackIn: () => void rooms.join(),
    setMicrophone: (on) => want("microphone", on),
    toggleMicrophone: () => toggle("microphone"),
    toggleCamera: () => toggle("camera"),
    chooseMicrophone: (deviceId) => void media.choose("microphone", deviceId),
    chooseCamera: (deviceId) => void media.choose("camera", deviceId),
    chooseSpeaker: (deviceId) => media.chooseSpeaker(deviceId),
    retryDevices: () => void media.retry(),
    playTestSound: () => void playTestSound(state().speakerId),
    reconnectNow: () => call.tryNow(),
    openPanel: (panel) => dispatch({type: "panel", panel}),
    sendChat: (text) => {
      if (text.trim() && !call.sendChat(text)) notices("error", "notice.chat-full");
    },
    retryChat: (clientId) => call.retryChat(clientId),
    loadOlderChat: () => call.loadOlderChat().catch(() => notices("error", "notice.chat-not-loaded")),
    renameRoom: async (title) => {
      await call.rename(title.trim()).catch(() => notices("error", "notice.not-renamed"));
    },
    chooseMedia: async (media) => {
      await call.chooseMedia(media).catch((error) => {
        const unavailable = wireError(error).code === "media-unavailable";
        notices("error", unavailable ? "error.media-unavailable" : "notice.media-not-chosen");
      });
    },
    effects: effectActions({store, call, local, notices}),
    setGain: (participantId, gainDb) => call.studio.setGain(participantId, gainDb),
    setVolume: (participantId, volume) => {
      dispatch({type: "volumes", volumes: keepVolume(tab, participantId, volume)});
    },
    toggleHand: () => {
      const {self, participants} = state();
      const raised = participants.find(({id}) => id === self)?.hand_raised ?? false;
      call.studio.raiseHand(!raised).catch(() => notices("error", "notice.hand-not-told"));
    },
    setLocal: (source, on) => void local.want(source, on),
    showTiles: (tiles) => call.forwarding.show(tiles),
    copyLink: async () => {
      const link = location.origin + pathOf(state().roomId ?? "");
      try {
        await navigator.clipboard.writeText(link);
        notices("info", "notice.link-copied");
      } catch {
        // The clipboard is closed to pages that are not secure: then the sentence shows the link.
        notices("error", "notice.link-not-copied", {link});
      }
    },
    copyReport: async (report) => {
      const copied = await navigator.clipboard.writeText(report).then(() => true, () => false);
      notices(copied ? "info" : "error", copied ? "notice.report-copied" : "notice.report-not-copied");
    },
    dismissNotice: () => dispatch({type: "notice-dismissed"}),
  };
};
