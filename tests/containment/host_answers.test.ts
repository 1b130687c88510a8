// Whatever an interpreter does, its host comes to everything else. Each of these held the host
// up for ten seconds and more; how long it may take here leaves room for a busy machine.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import test from "node:test";
import { InterpreterTerminatedError, RunFailedError } from "subinterpreters";
import { checkGuestFrame } from "subinterpreters/src/protocol/check.ts";
import { mapExcinfo } from "subinterpreters/src/source/positions.ts";
import { worstGap } from "../helpers/gaps.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { withItsWire } from "../helpers/wire.ts";

const timeout = 90_000;
/** On a quiet machine it is some tens of milliseconds. */
const SOON_MS = 3_000;
const shared = sharing();

async function assertAnswers(work: () => Promise<unknown>): Promise<void> {
  const gap = await worstGap(work);
  assert.ok(gap < SOON_MS, `the host did nothing else for ${Math.round(gap)} ms`);
}

/** A line of declarations, each changed twice, and the mark of the script that it becomes. */
const LONG_LINE = `${
  Array.from({ length: 20_000 }, (_, n) => `class A${n.toString(36)}{}`).join("")
}
globalThis.own = /<\\d+>/.exec(new Error().stack)[0];`;

/** Makes errors whose stacks name the end of that line as often as they can. */
const FORGE = `
const stack = (own + ":1:9999999 ").repeat(100_000 / (own.length + 11) | 0);
const make = () => Object.defineProperty(new Error("x"), "stack", { value: stack });
let error = make();
for (let n = 0; n < 12; n++) { const outer = make(); outer.cause = error; error = outer; }`;

test(
  "the host answers while it reads a forged stack against a long line",
  { timeout },
  async () => {
    const interpreter = await shared();
    await interpreter.run(LONG_LINE);
    await assertAnswers(async () => {
      await assert.rejects(interpreter.run(`${FORGE} throw error;`), RunFailedError);
    });
  },
);

test("the host answers while an interpreter throws errors with forged stacks from a timer", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t, { stderr: "ignore" });
  await interpreter.run(LONG_LINE);
  await assertAnswers(async () => {
    await interpreter.run(`${FORGE} setInterval(() => { throw error; }, 1);`);
    await pause(500);
  });
});

test("excinfo of a long message that its stack nearly contains takes no quadratic time", () => {
  const message = `b${"a".repeat(50_000)}`;
  const stack = "a".repeat(100_000);
  const errors = Array.from({ length: 6 }, () => ({ name: "Error", message, stack }));
  const startedAt = performance.now();
  mapExcinfo({ name: "AggregateError", message, stack, errors });
  assert.ok(performance.now() - startedAt < SOON_MS);
});

test("the host answers while an interpreter sends it long sources in a loop", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run(`import { getMain } from "subinterpreters";
    globalThis.main = getMain();
    globalThis.text = "x".repeat(2 ** 24);`);
  await assertAnswers(async () => {
    await assert.rejects(
      interpreter.run("for (;;) void main.run(text).catch(() => {});", { timeout: 500 }),
      InterpreterTerminatedError,
    );
  });
});

test("a request with more than 32 MiB of text is refused inside", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run(`import { getMain } from "subinterpreters";
      await getMain().run("x".repeat(2 ** 25 + 1));`),
    /RangeError: Cannot ask the main interpreter to run: .*32 MiB of text/,
  );
});

const nested = (): unknown => {
  let reason: unknown = [];
  for (let n = 0; n < 40; n++) reason = [reason, reason];
  return reason;
};

/** Requests that no guest of ours makes; to read some of them takes for ever. */
const NASTY: Readonly<Record<string, () => readonly [string, unknown]>> = {
  "a reason of nested arrays": () => ["terminate", { id: 0, reason: nested() }],
  "a reason that is a long list": () => ["terminate", { id: 0, reason: new Array(2 ** 26) }],
  "an id of a million digits": () => ["close", 10n ** 1_000_000n],
  "a token of nested arrays": () => ["withdraw", { channel: 0, sender: nested(), token: nested() }],
  "a map as options": () => ["create", new Map([[nested(), nested()]])],
  "functions without end": () => ["create", { functions: new Array(2 ** 31) }],
  "permissions without end": () => [
    "create",
    { functions: [], permissions: { read: Array.from({ length: 30_000 }, (_, n) => `/x${n}`) } },
  ],
  "ends without end": () => [
    "run",
    {
      id: 0,
      source: "",
      options: { channels: { kind: "names", names: [], ends: new Array(2 ** 30) } },
    },
  ],
};

for (const [what, ask] of Object.entries(NASTY)) {
  test(`the host answers at once when it is asked with ${what}`, { timeout }, async (t) => {
    const [interpreter, hear] = await withItsWire(t);
    const [operation, argument] = ask();
    await assertAnswers(async () => {
      hear({ type: "request", call: 1_000, operation, argument });
      await pause(0);
    });
    assert.equal(await interpreter.evaluate("1 + 1"), 2);
  });
}

test("create() inside refuses lists of permissions that take long to compare", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run(`import { create } from "subinterpreters";
      await create({ permissions: { read: Array.from({ length: 501 }, (_, n) => "/x" + n) } });`),
    /RangeError: Cannot create an interpreter: permissions must have at most 500 entries/,
  );
});

test("bytes on shared memory are refused, which could change after they are checked", () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(8));
  const done = checkGuestFrame({ type: "done", call: 1, value: { bytes, shared: [] } });
  assert.equal(done?.type, "failed");
  const outcome = { ok: true, value: { bytes, shared: [] } };
  assert.equal(checkGuestFrame({ type: "answer", caller: 1, call: 1, outcome }), undefined);
  const own = new Uint8Array(8);
  const good = checkGuestFrame({ type: "done", call: 1, value: { bytes: own, shared: [] } });
  assert.equal(good?.type, "done");
});

test("source does not choose the memory of the values that it gives", async (t) => {
  const interpreter = await scoped(t);
  assert.deepEqual(
    await interpreter.evaluate(`
      const Original = Uint8Array;
      Object.defineProperty(Original.prototype, "constructor", { value: {
        [Symbol.species]: function (...args) {
          if (typeof args[0] !== "number") return new Original(...args);
          throw new Error("asked");
        },
      } });
      Promise.resolve([new Array(30_000).fill(7).length, { user: "x", role: "y" }]);`),
    [30_000, { user: "x", role: "y" }],
  );
});

test("an interpreter that posts past its window ends, with the reason flood", {
  timeout,
}, async (t) => {
  const [interpreter, hear] = await withItsWire(t);
  const run = assert.rejects(
    interpreter.run("await new Promise(() => {})"),
    (error) => error instanceof InterpreterTerminatedError && error.reason === "flood",
  );
  await assertAnswers(async () => {
    const argument = { id: 0, source: "x".repeat(2 ** 20), options: {} };
    for (let call = 1; call < 10_000; call++) {
      hear({ type: "request", call, operation: "run", argument });
    }
    await run;
  });
});
