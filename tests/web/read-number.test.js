import {plain, readNumber} from "../../web/ui/read-number.js";

const range = (low, high, step = 0) => ({low, high, step, whole: false});
const wide = range(0, 1_000_000);

export default {
  "groups of three are read with any sign between them": (t) => {
    for (const text of ["1000", "1,000", "1 000", "1\u202f000", "1'000", "1,000 px", "１０００"]) t.equal(readNumber(text, wide), 1000, text);
    t.equal(readNumber("12.345.678", wide), 12_345_678);
    t.equal(readNumber("1.000,5", wide), 1000.5);
    t.equal(readNumber("-1,500.25", range(-2000, 0)), -1500.25);
  },

  "a comma is a point where that is the number in the range": (t) => {
    t.equal(readNumber("0,5", range(0, 1)), 0.5);
    t.equal(readNumber("0,125", range(0, 1000)), 0.125);
    t.equal(readNumber("1,500", range(0, 10)), 1.5);
    t.equal(readNumber("1.500", range(0, 2000)), 1.5);
    t.equal(readNumber("−3 dB", range(-20, 20)), -3);
  },

  "what is no number is none": (t) => {
    t.equal([readNumber("", wide), readNumber("px", wide)], [null, null]);
  },

  "a number has the digits that its steps or its range make different": (t) => {
    t.equal(plain(range(0, 0.01), 0.005), "0.005");
    t.equal(plain(range(0, 1), 0.34567), "0.35");
    t.equal(plain(range(0, 1000, 0.5), 100.5), "100.5");
    t.equal(plain(range(-20, 20, 0.25), 12.25), "12.25");
    t.equal(plain({...range(1, 9), whole: true}, 4), "4");
  },
};
