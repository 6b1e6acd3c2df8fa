import {createApp} from "./core/app.js";
import {blurBackground} from "./local/background-blur.js";
import {suppressNoise} from "./local/noise-suppression.js";
import {h} from "./ui/html.js";
import {applyStoredTheme} from "./ui/preferences.js";
import {Root} from "./ui/root.js";
import {render} from "./vendor/preact.js";

const page = document.getElementById("page");
if (page === null) throw new Error("index.html has no #page");
applyStoredTheme();
render(h(Root, {app: createApp({makeLocal: {camera: blurBackground, microphone: suppressNoise}})}), page);
