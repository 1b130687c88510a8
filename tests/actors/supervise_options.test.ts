// What supervise() says of options that are wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { supervise, type SuperviseOptions } from "subinterpreters/actors";

const wrong: readonly [what: string, options: unknown, name: string, message: RegExp][] = [
  ["no options", undefined, "TypeError", /options must be an object, received undefined/],
  ["no children", {}, "TypeError", /children must be an array, received undefined/],
  ["an unknown option", { children: [], max: 1 }, "TypeError", /no option "max"; known are strat/],
  [
    "a strategy",
    { children: [], strategy: "all" },
    "TypeError",
    /strategy must be one of "one_for/,
  ],
  [
    "an intensity",
    { children: [], intensity: -1 },
    "RangeError",
    /intensity must be an integer of/,
  ],
  [
    "a period",
    { children: [], period: 0 },
    "RangeError",
    /period must be a number of milliseconds/,
  ],
  ["a backoff", { children: [], backoff: 5 }, "TypeError", /backoff must be a function or an obj/],
  [
    "a delay",
    { children: [], backoff: { initialMs: -1 } },
    "RangeError",
    /backoff\.initialMs must/,
  ],
  [
    "a factor",
    { children: [], backoff: { initialMs: 1, factor: 0 } },
    "RangeError",
    /\.factor must/,
  ],
  ["a child", { children: [1] }, "TypeError", /children\[0\] must be an object, received 1/],
  ["no id", { children: [{ source: "" }] }, "TypeError", /children\[0\]\.id must be a string that/],
  ["twins", { children: [{ id: "a" }, { id: "a" }] }, "TypeError", /two children have the id "a"/],
  [
    "a restart",
    { children: [{ id: "a", restart: "no" }] },
    "TypeError",
    /\.restart must be one of/,
  ],
  [
    "a src",
    { children: [{ id: "a", src: {} }] },
    "TypeError",
    /children\[0\]\.src must be actor l/,
  ],
  ["a source", { children: [{ id: "a", source: 1 }] }, "TypeError", /\.source must be a string/],
  ["a mix", { children: [{ id: "a", src: {}, source: "" }] }, "TypeError", /no option "source"/],
  [
    "ends",
    { children: [{ id: "a", channels: { a: 1 } }] },
    "TypeError",
    /\.channels must be an obj/,
  ],
  [
    "create",
    { children: [{ id: "a", create: { nam: 1 } }] },
    "TypeError",
    /\[0\]\.create: .*"nam"/,
  ],
  [
    "a limit",
    { children: [{ id: "a", create: { limits: { memoryMiB: 1 } } }] },
    "RangeError",
    /children\[0\]\.create: .*limits\.memoryMiB/,
  ],
  [
    "a signal",
    { children: [{ id: "a", create: { signal: AbortSignal.abort() } }] },
    "TypeError",
    /children\[0\]\.create\.signal must not be given/,
  ],
];

for (const [what, options, name, message] of wrong) {
  test(`supervise() says what is wrong with ${what}`, () => {
    assert.throws(() => supervise(options as SuperviseOptions), (error: Error) => {
      assert.equal(error.name, name);
      assert.match(error.message, /^Cannot make a supervisor/);
      assert.match(error.message, message);
      return true;
    });
  });
}
