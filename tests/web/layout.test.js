import {layout} from "../../web/ui/layout.js";
import {arrange, noPlaces, paginate} from "../../web/ui/places.js";

/** @typedef {{ok: (value: unknown, message?: string) => void, equal: (a: unknown, b: unknown, message?: string) => void}} Test */

const desktop = {width: 1416, height: 812, gap: 12};
const phone = {width: 374, height: 704, gap: 8};

/** @param {Test} t @param {{width: number, height: number, gap: number}} stage @param {Record<number, string>} wanted */
const fits = (t, stage, wanted) => {
  for (const [count, grid] of Object.entries(wanted)) {
    const {cols, rows} = layout({...stage, count: Number(count)});
    t.equal(`${cols}×${rows}`, grid, `${count} people`);
  }
};

export default {
  "a desktop stage holds everyone in the grid of the design": (/** @type {Test} */ t) => {
    fits(t, desktop, {2: "2×1", 3: "2×2", 4: "2×2", 5: "3×2", 6: "3×2", 7: "3×3", 9: "3×3", 12: "4×3", 25: "5×5"});
  },
  "a phone stage stacks two, and holds eight in two columns": (/** @type {Test} */ t) => {
    fits(t, phone, {2: "1×2", 4: "2×2", 7: "2×4", 8: "2×4"});
  },
  "who does not fit goes to another page": (/** @type {Test} */ t) => {
    const {perPage, pages} = layout({...phone, count: 9});
    t.equal(perPage, 8);
    t.equal(pages, 2);
  },
  "tiles never leave the stage and have even sizes": (/** @type {Test} */ t) => {
    for (let count = 1; count <= 30; count += 1) {
      for (const stage of [desktop, phone, {width: 640, height: 360, gap: 8}]) {
        const {cols, rows, width, height} = layout({...stage, count});
        t.ok(cols * width + (cols - 1) * stage.gap <= stage.width, `${count} across`);
        t.ok(rows * height + (rows - 1) * stage.gap <= stage.height, `${count} down`);
        t.equal(width % 2 + (height % 2), 0);
      }
    }
  },
  "a stage without size lays out nothing and does not hang": (/** @type {Test} */ t) => {
    t.equal(layout({count: 9, width: 0, height: 0, gap: 12}).width <= 0, true);
  },
  "you are the last on page one": (/** @type {Test} */ t) => {
    const pages = paginate(["a", "b", "c", "d"], "you", 3);
    t.equal(JSON.stringify(pages), JSON.stringify([["a", "b", "you"], ["c", "d"]]));
  },
  "the order is that of joining, whoever leaves": (/** @type {Test} */ t) => {
    let places = arrange(noPlaces(), ["a", "b", "c"], {}, 3, 0);
    places = arrange(places, ["a", "c", "d"], {}, 3, 1);
    t.equal(places.order.join(""), "acd");
  },
  "a speaker from another page takes the longest-silent place": (/** @type {Test} */ t) => {
    let places = arrange(noPlaces(), ["a", "b", "c"], {a: true}, 2, 1000);
    places = arrange(places, ["a", "b", "c"], {c: true}, 2, 9000);
    t.equal(places.order.join(""), "acb");
  },
  "at most one swap in three seconds": (/** @type {Test} */ t) => {
    let places = arrange(noPlaces(), ["a", "b", "c", "d"], {c: true}, 2, 9000);
    const first = places.order.join("");
    places = arrange(places, ["a", "b", "c", "d"], {d: true}, 2, 10_000);
    t.equal(places.order.join(""), first);
    places = arrange(places, ["a", "b", "c", "d"], {d: true}, 2, 12_100);
    t.ok(places.order.slice(0, 2).includes("d"));
  },
  "nobody on the visible page moves because they spoke": (/** @type {Test} */ t) => {
    const places = arrange(noPlaces(), ["a", "b", "c"], {b: true}, 2, 9000);
    t.equal(places.order.join(""), "abc");
  },
};
