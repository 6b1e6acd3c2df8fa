"""What somebody at a page hears and sees without interruption: measured on what the page plays.

Sound is measured sample by sample, behind the same switch that mutes what the page plays; pictures
by the freezes that the browser counts, also on connections that are closed by now.
"""

import math
import wave
from array import array
from pathlib import Path

from playwright.async_api import Page

RATE = 48_000
TONE_HZ = 440
LEVEL = 0.3

# Noise suppression would take a tone for noise, and an echo canceller for an echo of the others.
# Small pictures leave the cores air: what is measured is the change, not the machine.
PLAIN_DEVICES = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = ({audio, video}) => {
  const raw = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
  const small = {width: {ideal: 480}, height: {ideal: 270}};
  return ask({audio: audio && {...audio, ...raw}, video: video && {...video, ...small}});
};
"""

LISTEN = """
(() => {
  const context = new AudioContext({latencyHint: 0.1});
  const ears = new Map();      // participant -> what is heard of them, and how long it was silent
  const gates = new Map();     // track -> gain, open while an element that is heard plays it
  const freezes = new Map();   // track -> freezes counted so far
  const stills = [];           // when they were found: frames and ms since its connection was
  const connections = new Set();
  const Native = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      connections.add(this);
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") this.connectedAt ??= performance.now();
      });
      this.addEventListener("track", ({track}) => {
        if (track.kind === "video") firstFrame(this, track.clone());
      });
    }
  };
  const firstFrame = async (connection, track) => {
    const reader = new MediaStreamTrackProcessor({track}).readable.getReader();
    const {value} = await reader.read();
    value?.close();
    (connection.firstFrames ??= []).push(performance.now());
    track.stop();
  };
  const trackOf = (audio) => audio.srcObject?.getAudioTracks()[0];
  const isHeard = (audio) => !audio.muted && !audio.paused && audio.isConnected;
  const follow = (audio) => {
    const gate = gates.get(trackOf(audio));
    if (gate) gate.gain.value = isHeard(audio) ? 1 : 0;
  };
  const muted = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "muted");
  Object.defineProperty(HTMLMediaElement.prototype, "muted", {
    ...muted,
    set(value) {
      muted.set.call(this, value);
      follow(this);
    },
  });
  const listen = async (ear) => {
    const [track] = ear.node.stream.getAudioTracks();
    // Nothing is dropped while the page is busy.
    const reader = new MediaStreamTrackProcessor({track, maxBufferSize: 1000}).readable.getReader();
    let samples = new Float32Array(0);
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const {value: sound} = next;
      const {numberOfFrames: count, sampleRate} = sound;
      if (samples.length < count) samples = new Float32Array(count);
      sound.copyTo(samples, {planeIndex: 0, format: "f32-planar"});
      sound.close();
      for (let n = 0; n < count; n += 1) {
        if (Math.abs(samples[n]) > 0.02) ear.silent = 0;
        else ear.worst = Math.max(ear.worst, (ear.silent += 1000 / sampleRate));
      }
    }
  };
  const tap = (audio) => {
    const track = trackOf(audio);
    if (!track || gates.has(track)) return follow(audio);
    const id = audio.dataset.participant;
    if (!ears.has(id)) {
      const ear = {node: context.createMediaStreamDestination(), silent: 0, worst: 0};
      ears.set(id, ear);
      void listen(ear);
    }
    const gate = new GainNode(context, {gain: 0});
    gates.set(track, gate);
    context.createMediaStreamSource(new MediaStream([track])).connect(gate)
      .connect(ears.get(id).node);
    follow(audio);
  };
  const partOf = (id) => {
    const videos = Array.from(document.querySelectorAll("video"));
    return videos.find((video) => video.srcObject?.getTrackById(id))?.className ?? "nowhere";
  };
  const count = async () => {
    for (const connection of connections) {
      if (connection.connectionState === "closed") {
        connections.delete(connection);
        continue;
      }
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== "inbound-rtp" || report.kind !== "video") continue;
        const {trackIdentifier: track, freezeCount, framesDecoded: frames} = report;
        const more = freezeCount - (freezes.get(track) ?? 0);
        if (more > 0) {
          const age = Math.round(performance.now() - connection.connectedAt);
          stills.push({more, frames, age, part: partOf(track)});
        }
        freezes.set(track, freezeCount);
      }
    }
    setTimeout(count, 250);
  };
  void count();
  globalThis.ears = {
    listen: () => setInterval(
      () => document.querySelectorAll("audio[data-participant]").forEach(tap), 20),
    count: () => ears.size,
    begin: () => ears.forEach((ear) => Object.assign(ear, {silent: 0, worst: 0})),
    silences: () => Array.from(ears.values(), ({worst}) => worst),
    freezes: () => [...freezes.values()].reduce((a, b) => a + b, 0),
    stills: () => stills,
    firstFrames: () => {
      const {subscribe} = greenroomDebug.serverConnections();
      return (subscribe?.firstFrames ?? []).map((at) => at - subscribe.connectedAt);
    },
  };
})();
"""


def make_tone(path: Path) -> Path:
    """Write ten seconds of a tone that goes on without a seam when they are played again."""
    count = 10 * RATE
    samples = (LEVEL * math.sin(2 * math.pi * TONE_HZ * n / RATE) for n in range(count))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(array("h", (round(sample * 32_767) for sample in samples)).tobytes())
    return path


class Ears:
    """Listens on one page; give it the page before that goes anywhere."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def put_on(self, *, sound: bool = True) -> None:
        """Be there from the first script of the page on.

        Args:
            sound: to listen as well, which takes a tenth of a core at a page with three voices.
        """
        await self._page.add_init_script(
            PLAIN_DEVICES + LISTEN + ("ears.listen();" if sound else "")
        )

    async def begin(self, voices: int, within_ms: int = 20_000) -> None:
        """Wait until so many voices sound, and count silence from now on."""
        await self._page.wait_for_function("(n) => ears.count() === n", arg=voices)
        await self._page.wait_for_function(STEADY, timeout=within_ms, polling=500)

    async def silences(self) -> list[float]:
        """The longest silence of each voice since then, in milliseconds."""
        found: list[float] = await self._page.evaluate("ears.silences()")
        return found

    async def freezes(self) -> int:
        """How often a picture stood still since the page was opened."""
        found: int = await self._page.evaluate("ears.freezes()")
        return found

    async def stills(self) -> list[dict[str, object]]:
        """Where and when the pictures stood still, to tell what for."""
        found: list[dict[str, object]] = await self._page.evaluate("ears.stills()")
        return found

    async def first_frames(self, count: int) -> list[float]:
        """When so many pictures by the server were there, in ms after its connection was."""
        await self._page.wait_for_function("(n) => ears.firstFrames().length === n", arg=count)
        found: list[float] = await self._page.evaluate("ears.firstFrames()")
        return sorted(found)


# Half a second in which every voice sounded all the time.
STEADY = """
() => {
  const before = ears.silences();
  ears.begin();
  return before.every((ms) => ms < 30);
}
"""
