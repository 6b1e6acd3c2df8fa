// The shapes that core/ and ui/ share. Wire shapes are those of docs/protocol.md.

/** @typedef {"microphone" | "camera"} Source */
/** @typedef {{source: Source, kind: "audio" | "video", muted: boolean}} Track */
/** How the media of a publisher travels: browser to browser, or by the server.
 * @typedef {"direct" | "forwarded"} Route
 */
/** Why media is forwarded.
 * @typedef {"effect" | "gain" | "source" | "recorded" | "watched" | "host" | "crowd" | "unreachable"} RouteReason
 */
/**
 * @typedef {{
 *   id: string, name: string, role: "host" | "speaker", generation: number,
 *   presence: "here" | "reconnecting", away_s: number, joined_at: number,
 *   route: Route, route_reason: RouteReason | null, tracks: Track[],
 *   effects: ShownEffect[], gain_db: number, room_gain_db: number, hand_raised: boolean,
 * }} Participant `effects`: those that they show; gains: their own, and the host's for the whole room
 */
/** What the host wants: what fits, the mesh if possible, always the server, or never anything at the server.
 * @typedef {"auto" | "mesh" | "forwarded" | "private"} MediaPolicy
 */
/** What a parameter is on the wire: a colour is `#rrggbb`, an image the id of a picture or "".
 * @typedef {boolean | number | string} ParamValue
 */
/**
 * @typedef {{
 *   name: string, title: string, kind: "number" | "choice" | "switch" | "text" | "colour" | "image",
 *   default: ParamValue, low: number, high: number, step: number, whole: boolean, unit: string,
 *   choices: {value: string, title: string}[],
 * }} Param one parameter of a filter; `step` 0 allows any number between
 */
/** A filter of the server. `private`: it hides something; `broken`: its file cannot be loaded; `error`: why it cannot be
 * loaded as it is now, though an earlier version may be in use.
 * @typedef {{
 *   name: string, title: string, kind: "video" | "audio", category: string, description: string, private: boolean,
 *   origin: "built-in" | "package" | "file", file: string | null, broken: boolean,
 *   error: {message: string, line: number | null} | null, params: Param[],
 * }} Filter
 */
/** A filter that somebody uses. @typedef {{id: string, filter: string, title: string, params: Record<string, ParamValue>}} Effect */
/** Our own, in the order in which they are applied. `shown`: the room gets it; else it is a preview.
 * @typedef {{video: Effect[], audio: Effect[], shown: boolean}} Effects
 */
/** @typedef {{filter: string, title: string, kind: "video" | "audio"}} ShownEffect */
/** What an effect of ours did wrong. `off`: the server has switched it off.
 * @typedef {{
 *   id: string, filter: string, title: string, kind: "error" | "slow" | "crash" | "memory" | "broken-file",
 *   message: string, file: string | null, line: number | null, off: boolean,
 * }} Trouble
 */
/** What our effects cost in the last second. `filters`: ms of each effect by id; `degraded`: what is saved under pressure.
 * @typedef {{
 *   ms: number, filters: Record<string, number>, dropped: number, delay_ms: number, fps: number, width: number, height: number,
 *   degraded: null | "frames" | "resolution", peak_dbfs: number | null,
 * }} Cost
 */
/** What is kept of somebody's captions: the newest, and until when it stands. @typedef {{text: string, until: number}} Caption */
/** A chain that this browser keeps under a name. @typedef {{name: string, video: PresetEffect[], audio: PresetEffect[]}} Preset */
/** `title`: as its author had it then; `pictured`: it had a picture, which no preset keeps.
 * @typedef {{filter: string, title?: string, params: Record<string, ParamValue>, pictured?: boolean}} PresetEffect
 */
/** What came of using a preset. `unlisted`: nobody knows yet which filters there are; `gone`: those that are not there
 * any more; `pictureless`: those that had a picture; `bared`: nothing hides us any more. Not `done`: the chain is as it was.
 * @typedef {{done: boolean, unlisted: boolean, gone: PresetEffect[], pictureless: PresetEffect[], bared: boolean}} PresetUse
 */
/** @typedef {{id: string, title: string, capacity: number, media: MediaPolicy}} RoomInfo */
/**
 * @typedef {{seq: number, client_id: string, from: string, name: string, text: string, sent_at: number}} ChatMessage
 */
/** A message of ours that the server has not stored yet; it is sent again after a reconnect.
 * @typedef {{client_id: string, text: string, failed: string | null}} PendingMessage
 */
/** What stands between messages: who came in and who left, with our own clock.
 * @typedef {{kind: "joined" | "left" | "self-joined", id: string, name: string, at: number}} ChatNote
 */
/** @typedef {RTCIceServer} IceServer */
/** @typedef {{code: string, message: string, retry_after_s?: number}} WireError */
/**
 * @typedef {{
 *   kind: "snapshot", self: string, room: RoomInfo, participants: Participant[], permissions: string[],
 *   ice_servers: IceServer[], token: string, resume_grace_s: number, seq: number, chat: ChatMessage[], chat_more: boolean,
 *   forwarding: boolean, effects: Effects,
 * }} Snapshot `forwarding`: whether this server forwards media at all; `effects`: our own
 */
/**
 * @typedef {{
 *   kind: "missed", facts: {name: string, data: any}[], permissions: string[], ice_servers: IceServer[],
 *   token: string, resume_grace_s: number, seq: number, forwarding: boolean, effects: Effects,
 * }} Missed
 */

/** Why a device cannot be used; each has a sentence in the catalogues.
 * insecure: plain http on another host; blocked: the person or the browser said no; missing: there is none;
 * busy: another program has it; failed: anything else.
 * @typedef {"insecure" | "blocked" | "missing" | "busy" | "failed"} DeviceProblem
 */
/** @typedef {{deviceId: string, label: string}} Device */
/** One of our two devices: wanted is the person's wish, live is whether it sends.
 * @typedef {{wanted: boolean, live: boolean, pending: boolean, problem: DeviceProblem | null, deviceId: string}} DeviceState
 */
/** How an effect stands that this browser makes. @typedef {"off" | "starting" | "on" | "failed"} LocalState */
/** How the signalling stands. idle: not in a room; joining: first connection; online; lost: trying again.
 * @typedef {"idle" | "joining" | "online" | "lost"} LinkState
 */
/** How the connection stands over which another participant's media comes.
 * @typedef {"connecting" | "connected" | "reconnecting" | "failed"} PeerState
 */
/** How our own way to the server stands. idle: none is needed; blocked: it could not be made, again and again;
 * refused: the server has no room for it.
 * @typedef {"idle" | "connecting" | "connected" | "blocked" | "refused"} ServerPath
 */
/** One way on which someone's media comes: what is shown, what comes to take its place, what was shown a moment ago.
 * @typedef {{key: string, stream: MediaStream, part: "shown" | "coming" | "held"}} RemoteMedia
 */
/** How good a connection is, as the bars say: 3 is good, 1 is weak. @typedef {1 | 2 | 3} Quality */
/** @typedef {"home" | "lobby" | "call" | "end" | "missing"} View */
/** @typedef {{id: string, name: string, here: boolean}} LobbyPerson */
/** @typedef {"chat" | "people" | "connection" | "effects"} PanelName */
/**
 * Our own effects and what is known of them. `own`: as the panel shows them, before the server has answered; `saved`:
 * as the server has them. `filters`: null until they are listed; `unlisted`: the list does not come. `picture`: names the stream in which the server shows
 * us our own picture; null while there is none. `held`: an effect that hid our camera has ended without us, and nobody
 * gets a picture; `again`: it could hide it again. `trying`: small pictures of our camera go to the server, for what filters would make of it.
 * @typedef {{
 *   own: Effects, saved: Effects, canUndo: boolean, held: boolean, again: boolean, trying: boolean, filters: Filter[] | null, unlisted: boolean, troubles: Trouble[],
 *   cost: {video: Cost | null, audio: Cost | null}, picture: string | null,
 * }} EffectsState
 */
/**
 * The page's state: one value, changed only by reduce() in core/state.js. Media streams and levels are not in it.
 * `paths`: the route on which each of the others is shown; `changing` while another is being made beside it.
 * `everForwarded`: something of this call went by the server. `loudest`: who speaks among those who are forwarded, as
 * the server says; `activeSpeaker`: who speaks among all. `quality`: of those whose connection was measured.
 * `local`: what this browser makes of our microphone and camera. `volumes`: how loud we want to hear each of the others, 0 to 1; whoever is not there is heard as they are.
 * @typedef {{
 *   view: View,
 *   roomId: string | null,
 *   room: RoomInfo | null,
 *   lobby: {title: string, people: LobbyPerson[], capacity: number} | null,
 *   name: string,
 *   self: string | null,
 *   permissions: string[],
 *   participants: Participant[],
 *   awayAt: Record<string, number>,
 *   link: LinkState,
 *   lostAt: number | null,
 *   forwarding: boolean,
 *   peers: Record<string, PeerState>,
 *   paths: Record<string, {route: Route, changing: boolean}>,
 *   serverPath: ServerPath,
 *   everForwarded: boolean,
 *   speaking: Record<string, boolean>,
 *   loudest: string | null,
 *   activeSpeaker: string | null,
 *   quality: Record<string, Quality>,
 *   effects: EffectsState,
 *   captions: Record<string, Caption>,
 *   volumes: Record<string, number>,
 *   local: Record<Source, LocalState>,
 *   presets: Preset[],
 *   chat: {messages: ChatMessage[], pending: PendingMessage[], notes: ChatNote[], more: boolean, unread: number},
 *   microphone: DeviceState,
 *   camera: DeviceState,
 *   speakerId: string,
 *   devices: {microphones: Device[], cameras: Device[], speakers: Device[]},
 *   panel: PanelName | null,
 *   callStartedAt: number | null,
 *   ended: {reason: string, durationS: number, others: string[], direct: boolean} | null,
 *   notice: {id: number, kind: "info" | "error", text: string, params: Record<string, string | number>, effects?: {filter: string, title: string}[]} | null,
 *   error: WireError | null,
 *   about: {room_names: boolean} | null,
 * }} State
 */
/** A room this device was in, newest first, at most eight; kept in localStorage.
 * @typedef {{id: string, title: string, at: number, durationS: number, people: {id: string, name: string}[]}} RecentRoom
 */

/** How large someone is shown, in pixels of the device. @typedef {{participant_id: string, width: number, height: number}} TileSize */
/**
 * What may be asked of our own effects. `addPicture` answers with the id of the picture, or null when the server did
 * not take it. `showCamera`, `hideHere` and `hideAgain` end that our camera is held: it is shown as it is, as this browser blurs it,
 * or with what hid it before. `comeBare`: come in without the effects of the last call.
 * @typedef {{
 *   list: () => void,
 *   toggle: (filter: Filter) => void,
 *   remove: (id: string) => void,
 *   move: (id: string, to: number) => void,
 *   set: (id: string, param: string, value: ParamValue) => void,
 *   reset: (id: string) => void,
 *   clear: () => void,
 *   undo: () => void,
 *   show: (shown: boolean) => void,
 *   showCamera: () => void,
 *   hideHere: () => void,
 *   hideAgain: () => void,
 *   comeBare: () => void,
 *   dismiss: (trouble: Trouble) => void,
 *   addPicture: (file: Blob) => Promise<string | null>,
 *   savePreset: (name: string) => void,
 *   usePreset: (preset: Preset) => void,
 *   removePreset: (name: string) => void,
 * }} EffectActions
 */
/**
 * What the components may ask for. core/app.js builds it; ui/ never reaches around it.
 * @typedef {{
 *   createRoom: (wishes?: {name: string, title: string}) => Promise<void>,
 *   openRoom: (link: string) => boolean,
 *   goHome: () => void,
 *   setName: (name: string) => void,
 *   join: () => Promise<void>,
 *   leave: () => Promise<void>,
 *   goBackIn: () => void,
 *   setMicrophone: (on: boolean) => void,
 *   toggleMicrophone: () => void,
 *   toggleCamera: () => void,
 *   chooseMicrophone: (deviceId: string) => void,
 *   chooseCamera: (deviceId: string) => void,
 *   chooseSpeaker: (deviceId: string) => void,
 *   retryDevices: () => void,
 *   playTestSound: () => void,
 *   reconnectNow: () => void,
 *   openPanel: (panel: PanelName | null) => void,
 *   sendChat: (text: string) => void,
 *   retryChat: (clientId: string) => void,
 *   loadOlderChat: () => Promise<void>,
 *   renameRoom: (title: string) => Promise<void>,
 *   chooseMedia: (media: MediaPolicy) => Promise<void>,
 *   effects: EffectActions,
 *   setGain: (participantId: string, gainDb: number) => void,
 *   setVolume: (participantId: string, volume: number) => void,
 *   toggleHand: () => void,
 *   setLocal: (source: Source, on: boolean) => void,
 *   showTiles: (tiles: TileSize[]) => void,
 *   copyReport: (report: string) => Promise<void>,
 *   copyLink: () => Promise<void>,
 *   dismissNotice: () => void,
 * }} Actions
 */
/**
 * What ui/ gets from core/: state, actions, and the streams that stay outside the state.
 * `onLevel` calls back up to 30 times a second with 0..1 for "self" or a participant id; it returns the unsubscriber.
 * `comingIn`: the effects of this tab's last call that everyone gets as soon as we come in. `ownPicture`: what the server makes of our camera, as it comes back. `remoteMedia` has two entries while a path changes: both play. `onStatistics` calls back once a second.
 * @typedef {{
 *   state: () => State,
 *   subscribe: (listener: () => void) => () => void,
 *   actions: Actions,
 *   localStream: () => MediaStream | null,
 *   comingIn: () => Effects | null,
 *   ownPicture: () => MediaStream | null,
 *   cardPreviews: import("./card-previews.js").CardPreviews,
 *   remoteMedia: (participantId: string) => RemoteMedia[],
 *   onLevel: (who: string, listener: (level: number) => void) => () => void,
 *   onStatistics: (listener: (statistics: import("./statistics.js").Statistics) => void) => () => void,
 *   recent: () => RecentRoom[],
 * }} App
 */
export {};
