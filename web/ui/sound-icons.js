// A sound has no picture to be told apart by.

/** @type {Record<string, string>} */
const ICONS = {
  delay: "timer",
  echo: "repeat-2",
  gain: "volume-2",
  gate: "fence",
  "noise-suppression": "fan",
  pitch: "eighth-note",
};

/** What stands for a filter that has no picture. @param {string} name @param {"video" | "audio"} kind */
export const iconOf = (name, kind) => (kind === "video" ? "wand-sparkles" : (ICONS[name] ?? "audio-lines"));
