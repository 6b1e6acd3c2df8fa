import {Levels, loudness, smooth, VoiceDetector} from "../../web/core/levels.js";
import {FakeClock} from "./fakes.js";

export default {
  "silence is 0, a loud voice is 1": async (t) => {
    t.equal([loudness(0), loudness(0.001), loudness(0.2512), loudness(1)], [0, 0, 1, 1].map(Number));
    t.ok(Math.abs(loudness(10 ** (-36 / 20)) - 0.5) < 1e-9);
  },

  "a meter rises fast and falls slowly": async (t) => {
    t.ok(smooth(0, 1, 40) > 0.6);
    t.ok(smooth(1, 0, 40) > 0.8);
  },

  "voice counts after 120 ms, and 800 ms of silence end it": async (t) => {
    const voice = new VoiceDetector();
    t.equal([0, 60, 119].map((at) => voice.update(1, at)), [false, false, false]);
    t.equal(voice.update(1, 120), true);
    t.equal([300, 919].map((at) => voice.update(0, at)), [true, true]);
    t.equal(voice.update(0, 920), false);
  },

  "a click is no voice": async (t) => {
    const voice = new VoiceDetector();
    t.equal([voice.update(1, 0), voice.update(0, 33), voice.update(1, 66), voice.update(1, 150)], [false, false, false, false]);
  },

  "everyone's level is told thirty times a second, until nobody listens": async (t) => {
    const clock = new FakeClock();
    const heard = [];
    const speaking = [];
    const levels = new Levels({
      clock,
      read: () => [["self", 0.5], ["b", 0]],
      onSpeaking: (who, on) => speaking.push([who, on]),
    });
    const off = levels.on("self", (level) => heard.push(level));
    levels.start();
    levels.start();
    await clock.advance(1_000);
    t.equal(heard.length, 30);
    t.equal(speaking, [["self", true]]);
    off();
    await clock.advance(1_000);
    t.equal(heard.length, 30);
    levels.stop();
    t.equal(clock.waiting, 0);
  },

  "someone who is no longer heard stops speaking": async (t) => {
    const clock = new FakeClock();
    const speaking = [];
    let loud = [["b", 0.5]];
    const levels = new Levels({clock, read: () => loud, onSpeaking: (who, on) => speaking.push([who, on])});
    levels.start();
    await clock.advance(500);
    loud = [];
    await clock.advance(1_000);
    t.equal(speaking, [["b", true], ["b", false]]);
    levels.stop();
  },
};
