import {isTyping} from "../../web/ui/typing.js";

/** Whether keys belong to what they are pressed in. @param {string} markup @param {string[]} keys */
const typed = (markup, keys) => {
  const place = document.createElement("div");
  place.innerHTML = markup;
  document.body.append(place);
  const target = place.querySelector("[data-target]") ?? place.firstElementChild;
  const heard = [];
  place.addEventListener("keydown", (event) => heard.push(isTyping(event)));
  for (const key of keys) target.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
  place.remove();
  return heard;
};

export default {
  "letters and Space belong to a field of text, a list and a menu": (t) => {
    for (const markup of ["<input>", "<textarea></textarea>", "<select></select>", "<div role=menu><button data-target>"]) {
      t.equal(typed(markup, ["m", " "]), [true, true], markup);
    }
  },

  "a slider keeps the keys that move it, and no others": (t) => {
    t.equal(typed("<input type=range>", ["ArrowLeft", "End", "PageUp"]), [true, true, true]);
    t.equal(typed("<input type=range>", ["m", "v", " ", "Escape"]), [false, false, false, false]);
  },

  "a colour keeps the keys that open it, and no others": (t) => {
    t.equal(typed("<input type=color>", [" ", "Enter", "m"]), [true, true, false]);
  },
};
