// Real peer connections, one of them in the server's place.

import {systemClock} from "../../web/core/clock.js";
import {Publication} from "../../web/core/publication.js";
import {FakeClock} from "./fakes.js";
import {makeLocal} from "./peers.js";
import {inbound, ServerPeer} from "./server-peer.js";

const make = (t, {clock = systemClock} = {}) => {
  const server = new ServerPeer(t);
  const local = makeLocal(t);
  const made = [];
  const it = {server, local, made, online: true, changes: 0};
  it.publication = new Publication({
    local,
    clock,
    connect: () => {
      made.push(new RTCPeerConnection({bundlePolicy: "max-bundle"}));
      return made.at(-1);
    },
    request: server.request,
    maySignal: () => it.online,
    onChange: () => (it.changes += 1),
  });
  t.cleanup(() => it.publication.close());
  it.connected = () => it.publication.connection?.connectionState === "connected";
  it.sender = (kind) => it.publication.connection.getSenders().find(({track}) => track?.kind === kind);
  return it;
};
const published = async (t, options) => {
  const it = make(t, options);
  it.publication.want(true);
  await t.eventually(it.connected);
  return it;
};
const arrives = async (t, connection, kind) => {
  const before = await inbound(connection, kind);
  await t.eventually(async () => (await inbound(connection, kind)) > before, `${kind} arrives`);
};
const onlyServer = ({server}) => [...server.publishers.values()][0];

export default {
  "microphone and camera go to the server, the camera in three sizes": async (t) => {
    const it = await published(t);
    const [{session, sdp, tracks}] = it.server.asked("publish");
    t.equal(tracks, [{mid: "0", source: "microphone"}, {mid: "1", source: "camera"}]);
    t.ok(!sdp.includes("a=candidate:"), "our candidates stay here");
    t.ok(/^a=simulcast:send f;h;q/m.test(sdp), "three layers are offered");
    t.equal((sdp.match(/^a=sendonly/gm) ?? []).length, 2);
    t.ok(/^[A-Za-z0-9_-]{1,64}$/.test(session));
    await arrives(t, onlyServer(it), "audio");
    await arrives(t, onlyServer(it), "video");
  },

  "what nobody wants is not sent, and is again when somebody does": async (t) => {
    const it = await published(t);
    const [{session}] = it.server.asked("publish");
    // This answer takes one layer only, so that is what stands for all.
    const layers = () => it.sender("video").getParameters().encodings.map(({active}) => active);
    it.publication.receive("layers-wanted", {session, rids: []});
    await t.eventually(() => layers().every((active) => !active));
    it.publication.receive("layers-wanted", {session: "another", rids: ["q", "h", "f"]});
    it.publication.receive("layers-wanted", {session, rids: ["q"]});
    await t.eventually(() => layers()[0] === true);
    await arrives(t, onlyServer(it), "video");
  },

  "another camera, or none, needs no new offer": async (t) => {
    const it = await published(t);
    await it.publication.setTrack("camera", null);
    await it.publication.setTrack("camera", it.local.tracks.camera);
    await arrives(t, onlyServer(it), "video");
    t.equal(it.server.asked("publish").length, 1);
  },

  "asked to publish again, the same connection makes another offer": async (t) => {
    const it = await published(t);
    const [{session}] = it.server.asked("publish");
    it.publication.receive("publish-again", {session});
    await t.eventually(() => it.server.asked("publish").length === 2);
    t.equal(it.server.asked("publish")[1].session, session);
    await t.eventually(() => it.publication.connection.signalingState === "stable");
    t.equal(it.made.length, 1);
    await arrives(t, onlyServer(it), "audio");
  },

  "lost at the server, it is made anew, and the old one sends until the new one is connected": async (t) => {
    const it = await published(t);
    const [old] = it.made;
    it.publication.receive("publish-lost", {session: it.server.asked("publish")[0].session});
    await t.eventually(() => it.made.length === 2);
    t.equal(old.connectionState, "connected");
    await t.eventually(it.connected);
    t.equal(old.connectionState, "closed");
    const sessions = it.server.asked("publish").map(({session}) => session);
    t.ok(sessions[0] !== sessions[1]);
    await arrives(t, it.server.publishers.get(sessions[1]), "video");
  },

  "a change of network leaves a connection alone that is being made": async (t) => {
    const it = make(t);
    it.publication.want(true);
    await it.publication.networkChanged();
    await t.eventually(it.connected);
    t.equal(it.made.length, 1);
  },

  "on a new network, what still reaches the server goes on": async (t) => {
    const it = await published(t);
    await it.publication.networkChanged();
    t.equal([it.made.length, it.connected()], [1, true]);
  },

  "on a new network, what reaches nobody any more is made anew": async (t) => {
    const it = await published(t);
    onlyServer(it).close();
    await it.publication.networkChanged();
    await t.eventually(() => it.made.length === 2 && it.connected());
    t.equal(it.made[0].connectionState, "closed");
  },

  "after the server was out of reach, what works is only offered again": async (t) => {
    const it = await published(t);
    it.publication.signallingBack();
    await t.eventually(() => it.server.asked("publish").length === 2);
    t.equal(it.made.length, 1);
  },

  "without signalling nothing is tried, and it is when that is back": async (t) => {
    const it = make(t);
    it.online = false;
    it.publication.want(true);
    t.equal(it.made.length, 0);
    it.online = true;
    it.publication.signallingBack();
    await t.eventually(it.connected);
  },

  "a server without room is asked again when it says so": async (t) => {
    const clock = new FakeClock();
    const it = make(t, {clock});
    it.server.refuse["publish"] = "busy";
    it.publication.want(true);
    await t.eventually(() => it.publication.refused);
    it.server.refuse = {};
    await clock.advance(4_900);
    t.equal(it.made.length, 1);
    await clock.advance(200);
    await t.eventually(() => it.made.length === 2 && it.connected());
    t.ok(!it.publication.refused);
  },

  "where nothing gets through, that is known after two tries": async (t) => {
    const clock = new FakeClock();
    const it = make(t, {clock});
    it.server.walled = true;
    it.publication.want(true);
    for (const tries of [1, 2]) {
      t.ok(!it.publication.blocked);
      await t.eventually(() => it.publication.connection?.remoteDescription);
      t.equal(it.made.length, tries);
      await clock.advance(10_000);
    }
    t.ok(it.publication.blocked);
    it.server.walled = false;
    await clock.advance(1_000);
    await t.eventually(it.connected);
    t.ok(!it.publication.blocked);
  },

  "unwanted, it is closed and the server hears of it": async (t) => {
    const it = await published(t);
    const [{session}] = it.server.asked("publish");
    it.publication.want(false);
    t.equal([it.made[0].connectionState, it.publication.connection], ["closed", null]);
    t.equal(it.server.asked("unpublish"), [{session}]);
  },
};
