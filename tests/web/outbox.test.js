import {offline, Refusal} from "../../web/core/errors.js";
import {Outbox} from "../../web/core/outbox.js";
import {settle} from "./fakes.js";

const make = () => {
  const it = {sent: [], stored: [], pending: []};
  let ids = 0;
  it.outbox = new Outbox({
    send: (message) => new Promise((resolve, reject) => it.sent.push({...message, resolve, reject})),
    onStored: (message) => it.stored.push(message.text),
    onChange: (pending) => void (it.pending = pending),
    newId: () => `id-${(ids += 1)}`,
  });
  it.store = async () => {
    const message = it.sent.at(-1);
    message.resolve({client_id: message.client_id, text: message.text});
    await settle();
  };
  it.refuse = async (error) => {
    it.sent.at(-1).reject(error);
    await settle();
  };
  return it;
};

const refusal = (code) => new Refusal({code, message: code});

export default {
  "messages go one at a time, in order": async (t) => {
    const it = make();
    it.outbox.open();
    for (const text of ["one", "two", "three"]) it.outbox.add(text);
    t.equal(it.sent.length, 1);
    for (let n = 0; n < 3; n += 1) await it.store();
    t.equal([it.stored, it.pending], [["one", "two", "three"], []]);
  },

  "what was on its way when the connection broke is sent again with the same id": async (t) => {
    const it = make();
    it.outbox.open();
    it.outbox.add("one");
    it.outbox.add("two");
    it.outbox.close();
    await it.refuse(offline());
    t.equal(it.pending.map(({failed}) => failed), [null, null]);
    it.outbox.open();
    t.equal(it.sent.map(({client_id}) => client_id), ["id-1", "id-1"]);
    await it.store();
    await it.store();
    t.equal(it.stored, ["one", "two"]);
  },

  "a message that turns out to be stored is not sent again": async (t) => {
    const it = make();
    it.outbox.open();
    it.outbox.add("one");
    it.outbox.add("two");
    it.outbox.close();
    await it.refuse(offline());
    it.outbox.settle([{client_id: "id-1"}]);
    it.outbox.open();
    t.equal(it.sent.map(({client_id}) => client_id), ["id-1", "id-2"]);
  },

  "a refused message stands aside, and goes again when asked": async (t) => {
    const it = make();
    it.outbox.open();
    it.outbox.add("bad");
    it.outbox.add("good");
    await it.refuse(refusal("invalid-message"));
    await it.store();
    t.equal([it.stored, it.pending], [["good"], [{client_id: "id-1", text: "bad", failed: "invalid-message"}]]);
    it.outbox.retry("id-1");
    await it.store();
    t.equal([it.stored, it.pending], [["good", "bad"], []]);
  },

  "a server in trouble is asked again, but not for ever": async (t) => {
    const it = make();
    it.outbox.open();
    it.outbox.add("one");
    for (let n = 0; n < 3; n += 1) await it.refuse(refusal("internal"));
    t.equal([it.sent.length, it.pending[0].failed], [3, "internal"]);
  },

  "messages of the page before a reload go first": async (t) => {
    const it = make();
    it.outbox.restore([{client_id: "old", text: "before", failed: null}]);
    it.outbox.add("after");
    it.outbox.open();
    await it.store();
    await it.store();
    t.equal(it.sent.map(({client_id}) => client_id), ["old", "id-1"]);
  },

  "a thousand waiting messages are enough": async (t) => {
    const it = make();
    for (let n = 0; n < 1_000; n += 1) t.ok(it.outbox.add("x"));
    t.ok(!it.outbox.add("one too many"));
    t.equal(it.pending.length, 1_000);
  },

  "two thousand messages across lost connections arrive once and in order": async (t) => {
    const stored = new Map();
    let calls = 0;
    const outbox = new Outbox({
      send: async ({client_id, text}) => {
        await null;
        calls += 1;
        if (calls % 7 === 0) throw offline();
        if (!stored.has(client_id)) stored.set(client_id, text);
        if (calls % 5 === 0) throw offline(); // stored, but the answer was lost
        return {client_id, text};
      },
      onStored: () => {},
      onChange: (pending) => void (left = pending.length),
    });
    let left = 0;
    for (let n = 0; n < 2_000; n += 1) {
      outbox.add(`${n}`);
      if (n % 50 === 49) {
        while (left > 0) {
          outbox.open();
          await settle();
        }
      }
    }
    t.equal([...stored.values()], Array.from({length: 2_000}, (_, n) => `${n}`));
  },
};
