import {html} from "./html.js";

const LINK = /https?:\/\/[^\s<>"'`]+/giu;
const TRAILING = /[.,;:!?)\]}，。；：！？）】]+$/u;

/** Text with its links as nodes; what people write never becomes markup.
 * @param {{text: string}} props
 */
export const LinkedText = ({text}) => {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    const url = match[0].replace(TRAILING, "");
    parts.push(text.slice(done, match.index));
    parts.push(html`<a href=${url} rel="noopener noreferrer" target="_blank">${url}</a>`);
    done = match.index + url.length;
  }
  parts.push(text.slice(done));
  return html`<p class="message__text" dir="auto">${parts}</p>`;
};
