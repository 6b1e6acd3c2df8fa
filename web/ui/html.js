// Markup without a build step. Component boundaries go through h(), because tsc checks props only there.
import htm from "../vendor/htm.js";
import {h} from "../vendor/preact.js";

export {h};
export const html = htm.bind(h);
