// Lists that say they are endless: V8 cannot end what goes through them, or dies of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";

const timeout = 60_000;
const shared = sharing();

/** A list in each of its disguises; the last ones give another length at the second reading. */
const LISTS: Readonly<Record<string, string>> = {
  "an object": "({ length: 2 ** 53 - 1 })",
  "a text": '({ length: "9007199254740991" })',
  "an array of holes": "Object.assign([], { [2 ** 32 - 2]: 1 })",
  "a proxy": "new Proxy({ length: 2 ** 53 - 1 }, {})",
  "an inherited length": "Object.create({ length: 2 ** 31 })",
  "a typed array": "Object.defineProperty(new Uint8Array(1), 'length', { value: 2 ** 53 - 1 })",
};
const LIARS: Readonly<Record<string, string>> = {
  "a getter": "{ get length() { return asked++ === 0 ? 1 : 2 ** 53 - 1; } }",
  "a proxy of an array":
    "new Proxy([], { get: (list, key) => key !== 'length' ? list[key] : asked++ === 0 ? 1 : 2 ** 53 - 1 })",
  "a revocable proxy":
    "Proxy.revocable([], { get: (list, key) => key !== 'length' ? list[key] : asked++ === 0 ? 1 : 2 ** 53 - 1 }).proxy",
};
const METHODS = [
  ...["copyWithin", "fill", "flat", "join", "reverse", "shift", "sort", "splice"],
  ...["toReversed", "toSorted", "toSpliced", "unshift", "with"],
];
const ENDLESS = "[].sort.call({ length: 2 ** 53 - 1 });";

for (const [what, list] of Object.entries(LISTS)) {
  test(`an isolated interpreter is refused what goes through an endless list: ${what}`, {
    timeout,
  }, async () => {
    // JavaScriptCore's can be ended.
    if (runtime === "bun") {
      const interpreter = await create();
      return assert.rejects(interpreter.run(ENDLESS, { timeout: 200 }), { reason: "timeout" });
    }
    const seen = await (await shared()).evaluate(`
      ${JSON.stringify(METHODS)}.map((name) => {
        try {
          return Array.prototype[name]?.call(${list}, 0, 0) ?? name + ": RangeError: could not be ended";
        } catch (error) {
          return name + ": " + error.name + ": " + /could not be ended/.exec(error.message);
        }
      })`);
    assert.deepEqual(seen, METHODS.map((name) => `${name}: RangeError: could not be ended`));
  });
}

for (const [what, list] of Object.entries(LIARS)) {
  test(`the length of a list is read once, even if it is another the next time: ${what}`, {
    timeout,
  }, async () => {
    const seen = await (await shared()).evaluate(`
      let asked = 0;
      ["reverse", "includes", "indexOf", "sort"].map((name) => {
        asked = 0;
        ${runtime === "bun" ? "return 1;" : ""}
        [][name].call(${list}, name === "sort" ? undefined : 1);
        return asked;
      })`);
    assert.deepEqual(seen, [1, 1, 1, 1]);
  });
}

test(
  "methods of arrays work in an isolated interpreter, on array-like objects too",
  {
    timeout,
  },
  async () => {
    const seen = await (await shared()).evaluate(`{
    class List extends Array {}
    const of = (list, name, ...args) => Array.prototype[name].call(list, ...args);
    const counted = { asked: 0, get length() { this.asked++; return 2; }, 0: "b", 1: "a" };
    const frozen = Object.freeze({ length: "2", 0: 1, 1: 2 });
    const watched = new Proxy([3, 1, 2], {});
    const like = () => ({ length: 3, 0: "c", 1: "a", 2: "b" });
    const object = like();
    const made = List.from([1, 2, 3]);
    const removed = made.splice(0, 1);
    const names = ["sort", "splice", "join"];
    let refused;
    try { Array.prototype.join.call(null); } catch ({ name }) { refused = name; }
    [
      [3, 1, 2].sort((a, b) => a - b), [1, 2].reverse(), [1, , 3].flat(), [[1], [[2]]].flat(),
      [1, 2, 3].join("-"), [1, 2].fill(0, 1), [1, 2, 3].copyWithin(0, 1), [1, 2].shift(), [1].unshift(0),
      of(object, "sort") === object, object[0], of(like(), "shift"), of(like(), "splice", 1, 1),
      of("abc", "join", "-"), of(counted, "reverse") === counted, counted[0], counted.asked,
      of(frozen, "join"), of(watched, "sort") === watched, watched[0], removed instanceof List, made.length,
      names.map((name) => [][name].name), names.map((name) => [][name].length), refused,
      Object.keys(Array.prototype).length, Proxy.length, Proxy.name, "prototype" in Proxy, /native code/.test(Proxy),
    ]
  }`);
    assert.deepEqual(seen, [
      ...[[1, 2, 3], [2, 1], [1, 3], [1, [2]]],
      ...["1-2-3", [1, 0], [2, 3, 3], 1, 2],
      ...[true, "a", "c", ["a"]],
      ...["a-b-c", true, "a", 1],
      ...["1,2", true, 1, true, 2],
      ...[["sort", "splice", "join"], [1, 2, 1], "TypeError"],
      ...[0, 2, "Proxy", false, true],
    ]);
  },
);
