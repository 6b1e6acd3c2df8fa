import {html} from "./html.js";

/** The lamp that a theatre leaves burning on an empty stage. */
export const GhostLight = () => html`
  <div class="end__glass">
    <svg viewBox="0 0 320 180" aria-hidden="true">
      <defs>
        <radialGradient id="ghost-glow">
          <stop stop-color="#ffd48c" stop-opacity=".5" />
          <stop offset=".35" stop-color="#ffc873" stop-opacity=".16" />
          <stop offset="1" stop-color="#ffc873" stop-opacity="0" />
        </radialGradient>
        <radialGradient id="ghost-floor">
          <stop stop-color="#ffd48c" stop-opacity=".22" />
          <stop offset="1" stop-color="#ffd48c" stop-opacity="0" />
        </radialGradient>
        <radialGradient id="ghost-bulb" cx=".45" cy=".42">
          <stop offset=".3" stop-color="#fff4dc" />
          <stop offset=".7" stop-color="#ffdc9e" />
          <stop offset="1" stop-color="#e3a24a" />
        </radialGradient>
      </defs>
      <ellipse cx="160" cy="160" rx="150" ry="22" fill="url(#ghost-floor)" />
      <circle cx="160" cy="70" r="120" fill="url(#ghost-glow)" />
      <path d="M160 80V158M146 159h28" stroke="#6a5c4a" stroke-width="3" stroke-linecap="round" />
      <circle cx="160" cy="69" r="10" fill="url(#ghost-bulb)" />
    </svg>
  </div>`;
