// The shapes that core/ and ui/ share. Wire shapes are those of docs/protocol.md.

/** @typedef {"microphone" | "camera"} Source */
/** @typedef {{source: Source, kind: "audio" | "video", muted: boolean}} Track */
/**
 * @typedef {{
 *   id: string, name: string, role: "host" | "speaker", generation: number,
 *   presence: "here" | "reconnecting", away_s: number, joined_at: number, route: "direct", tracks: Track[],
 * }} Participant
 */
/** @typedef {{id: string, title: string, capacity: number}} RoomInfo */
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
 * }} Snapshot
 */
/**
 * @typedef {{
 *   kind: "missed", facts: {name: string, data: any}[], permissions: string[], ice_servers: IceServer[],
 *   token: string, resume_grace_s: number, seq: number,
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
/** How the signalling stands. idle: not in a room; joining: first connection; online; lost: trying again.
 * @typedef {"idle" | "joining" | "online" | "lost"} LinkState
 */
/** How the peer connection to another participant stands.
 * @typedef {"connecting" | "connected" | "reconnecting" | "failed"} PeerState
 */
/** @typedef {"home" | "lobby" | "call" | "end" | "missing"} View */
/** @typedef {{id: string, name: string, here: boolean}} LobbyPerson */
/**
 * The page's state: one value, changed only by reduce() in core/state.js. Media streams and levels are not in it.
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
 *   peers: Record<string, PeerState>,
 *   speaking: Record<string, boolean>,
 *   chat: {messages: ChatMessage[], pending: PendingMessage[], notes: ChatNote[], more: boolean, unread: number},
 *   microphone: DeviceState,
 *   camera: DeviceState,
 *   speakerId: string,
 *   devices: {microphones: Device[], cameras: Device[], speakers: Device[]},
 *   panel: "chat" | "people" | null,
 *   callStartedAt: number | null,
 *   ended: {reason: string, durationS: number, others: string[]} | null,
 *   notice: {id: number, kind: "info" | "error", text: string, params: Record<string, string | number>} | null,
 *   error: WireError | null,
 *   about: {room_names: boolean} | null,
 * }} State
 */
/** A room this device was in, newest first, at most eight; kept in localStorage.
 * @typedef {{id: string, title: string, at: number, durationS: number, people: {id: string, name: string}[]}} RecentRoom
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
 *   openPanel: (panel: "chat" | "people" | null) => void,
 *   sendChat: (text: string) => void,
 *   retryChat: (clientId: string) => void,
 *   loadOlderChat: () => Promise<void>,
 *   renameRoom: (title: string) => Promise<void>,
 *   copyLink: () => Promise<void>,
 *   dismissNotice: () => void,
 * }} Actions
 */
/**
 * What ui/ gets from core/: state, actions, and the streams that stay outside the state.
 * `onLevel` calls back up to 30 times a second with 0..1 for "self" or a participant id; it returns the unsubscriber.
 * @typedef {{
 *   state: () => State,
 *   subscribe: (listener: () => void) => () => void,
 *   actions: Actions,
 *   localStream: () => MediaStream | null,
 *   remoteStream: (participantId: string) => MediaStream | null,
 *   onLevel: (who: string, listener: (level: number) => void) => () => void,
 *   recent: () => RecentRoom[],
 * }} App
 */
export {};
