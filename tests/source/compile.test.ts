// Compiling never holds the host up: what may take long is done by a thread of its own, in
// `limits.compileMs`, and every other source costs the host some milliseconds.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { create, type Interpreter, InterpreterError, RunFailedError } from "subinterpreters";
import { isQuickToParse, isQuickToStrip } from "subinterpreters/src/source/bounds.ts";
import { rewrite } from "subinterpreters/src/source/rewrite.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { NASTY } from "../helpers/nasty_sources.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

/** Parsed in the host, these held it up for seconds, minutes or for ever. */
const SIZES: Readonly<Record<string, number>> = {
  "generic assertions": 40,
  "conditions with arrows": 40,
  "conditions with generics": 40,
  "types inferred with conditions": 40,
  "an enum of doubling texts": 40,
  "groups of one name": 60_000,
  "groups of one name, nested": 3_000,
  "private names of outer classes": 30_000,
  "var in nested blocks": 20_000,
  "constants in nested blocks": 40_000,
  "breaks": 100_000,
  "labels": 20_000,
  "enums on one line": 2_000,
  "namespaces of namespaces": 5_000,
  "imports": 2_000,
};
/** For all others: so many levels, or things of the kind. */
const SIZE = 1_500;
/** Far less than parsing any of these took, far more than a busy machine's delays. */
const MAX_GAP_MS = 1_500;

const limits = { compileMs: 50 };
const limited = sharing({ limits });
const shared = sharing();

/** A source that takes more than a hundred times what anybody waits. */
const endless = (mark: number) => `${NASTY["conditions with arrows"]?.(40)}; // ${mark}`;
let marks = 0;
const another = () => endless(++marks);

/** The longest time in which no timer of the program fired. */
async function longestGap(work: () => Promise<unknown>): Promise<number> {
  let [last, longest] = [performance.now(), 0];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 10);
  await work();
  clearInterval(timer);
  look();
  return longest;
}

async function refusalOf(interpreter: Interpreter, source: string): Promise<RunFailedError> {
  try {
    await interpreter.run(source);
  } catch (error) {
    if (error instanceof RunFailedError) return error;
    throw error;
  }
  throw new Error("The source ran");
}

for (const [name, make] of Object.entries(NASTY)) {
  const source = `throw new URIError("it ran");\n${make(SIZES[name] ?? SIZE)}`;
  test(`run() of nasty source is refused, or ready, while the host goes on: ${name}`, {
    timeout: 60_000,
  }, async () => {
    const interpreter = await limited();
    let failure: RunFailedError | undefined;
    const gap = await longestGap(async () => failure = await refusalOf(interpreter, source));
    assert.ok(gap < MAX_GAP_MS, `nothing else happened for ${gap} ms`);
    const errors = ["RangeError", "SyntaxError", "URIError", "TypeError"];
    assert.ok(errors.includes(failure?.excinfo.name ?? ""), failure?.message);
    assert.equal(await interpreter.evaluate("6 * 7"), 42);
  });
}

test("run() of source that takes too long to compile says so, and leaves the interpreter idle", async () => {
  const interpreter = await limited();
  const { excinfo, message } = await refusalOf(interpreter, another());
  assert.equal(excinfo.name, "RangeError");
  assert.match(message, /takes longer than limits\.compileMs \(50\)/);
  assert.equal(interpreter.isRunning(), false);
});

test("evaluateSync() waits for the compiler, and serves other interpreters meanwhile", async (t) => {
  const interpreter = await limited();
  const other = await scoped(t);
  const asking = other.run(`
    import { listAll } from "subinterpreters";
    globalThis.count = 0;
    for (;;) { count++; listAll(); await 0; }`);
  asking.catch(() => {});
  assert.throws(() => interpreter.runSync(another()), /limits\.compileMs/);
  const long = "var sync: number = 5;\n".repeat(500);
  assert.equal((await shared()).evaluateSync(`${long}sync`), 5);
  await other.terminate();
});

test("B155 a second run() while the first compiles is an InterpreterError", async () => {
  const interpreter = await limited();
  const first = refusalOf(interpreter, another());
  assert.equal(interpreter.isRunning(), true);
  await assert.rejects(interpreter.run("1"), InterpreterError);
  await assert.rejects(interpreter.close(), InterpreterError);
  assert.match((await first).message, /compileMs/);
});

for (const how of ["terminate()", "signal", "timeout"]) {
  test(`${how} ends a run whose source is being compiled, long before that ends`, async (t) => {
    const interpreter = await scoped(t, { limits: { compileMs: 60_000 } });
    const reason = new Error("enough");
    const aborter = new AbortController();
    const options = how === "timeout" ? { timeout: 50 } : { signal: aborter.signal };
    const running = interpreter.run(another(), options);
    if (how === "signal") aborter.abort(reason);
    if (how === "terminate()") void interpreter.terminate();
    await assert.rejects(
      running,
      how === "signal" ? (error) => error === reason : { name: "InterpreterTerminatedError" },
    );
  });
}

test("a timeout with onTimeout interrupt leaves the interpreter of a source that compiles idle", async (t) => {
  const interpreter = await scoped(t, { limits: { compileMs: 60_000 } });
  await interpreter.run("var kept = 1");
  await assert.rejects(
    interpreter.run(another(), { timeout: 50, onTimeout: "interrupt" }),
    { name: "InterpreterTerminatedError", isInterpreterAlive: true },
  );
  assert.equal(await interpreter.evaluate("kept"), 1);
});

test("run() of a long source gives positions, names and imports as that of a short one does", async () => {
  const interpreter = await shared();
  const padding = "/* ............................... */\n".repeat(200);
  const source =
    `${padding}import { sep } from "node:path"; enum Long { A = 3 }; var found: number = sep.length;
function fail() { null.x }`;
  await interpreter.run(source);
  assert.deepEqual(await interpreter.evaluate("[found, Long.A]"), [1, 3]);
  await assert.rejects(interpreter.run(`${padding}  fail()`, { filename: "long.ts" }), (error) => {
    assert.ok(error instanceof RunFailedError);
    assert.match(error.excinfo.stack ?? "", /long\.ts:201:[37]/);
    return true;
  });
  const { excinfo } = await refusalOf(interpreter, `${padding}let x: number = ;`);
  assert.match(excinfo.stack ?? "", /:201:17/);
});

test("a source that took too long is refused at once, unless the limit is higher", async (t) => {
  const source = another();
  const interpreter = await limited();
  const start = performance.now();
  await refusalOf(interpreter, source);
  const first = performance.now();
  for (let n = 0; n < 20; n++) await refusalOf(interpreter, source);
  // Compiled again, they would take twenty times as long as the first, which is the limit and more.
  assert.ok(performance.now() - first < 10 * (first - start));
  const patient = await scoped(t, { limits: { compileMs: 150 } });
  assert.match((await refusalOf(patient, source)).message, /compileMs \(150\)/);
});

test("a signal that fires after its run was refused leaves the interpreter as it is", async () => {
  const interpreter = await limited();
  const source = another();
  await refusalOf(interpreter, source);
  const aborter = new AbortController();
  // Known to take too long, it is refused before run() returns.
  await assert.rejects(interpreter.run(source, { signal: aborter.signal }), RunFailedError);
  aborter.abort();
  assert.equal(await interpreter.evaluate("1"), 1);
  const outer = await shared();
  const aborted = await outer.evaluate(
    `
    import { create } from "subinterpreters";
    const inner = await create({ limits: { compileMs: 100 } });
    const aborter = new AbortController();
    const { name } = await inner.run(source, { signal: aborter.signal }).catch((error) => error);
    aborter.abort();
    const value = await inner.evaluate("2");
    await inner.close();
    [name, value]`,
    { values: { source } },
  );
  assert.deepEqual(aborted, ["RunFailedError", 2]);
});

test("one interpreter that floods the compiler does not keep another waiting", async (t) => {
  const flooding = await scoped(t, { limits: { compileMs: 200 } });
  let isOver = false;
  const flood = (async () => {
    while (!isOver) await refusalOf(flooding, another());
  })();
  const interpreter = await shared();
  for (let n = 0; n < 2; n++) {
    const long = `var fair${n}: number = ${n};\n`.repeat(200);
    assert.equal(await interpreter.evaluate(`${long}fair${n}`), n);
  }
  isOver = true;
  await flood;
});

test("three interpreters that flood the compiler leave a thread to a fourth", async (t) => {
  const options = { limits: { compileMs: 600 } };
  const flooding = await Promise.all([1, 2, 3].map(() => scoped(t, options)));
  let isOver = false;
  let refusals = 0;
  const floods = flooding.map(async (one) => {
    while (!isOver) {
      await refusalOf(one, another()).catch((error: unknown) => {
        if (!isOver) throw error;
      });
      refusals++;
    }
  });
  const interpreter = await shared();
  // Each has been refused once: what they use is known.
  while (refusals < 4) await pause(20);
  let waits = 0;
  for (let n = 0; n < 12; n++) {
    const before = refusals;
    const long = `var fourth${n}: number = ${n};\n`.repeat(200);
    assert.equal(await interpreter.evaluate(`${long}fourth${n}`), n);
    if (refusals > before) waits++;
  }
  isOver = true;
  // Or the test would wait until each has been refused once more.
  await Promise.all([...flooding.map((one) => one.terminate()), ...floods]);
  // If it had to wait until one of them is refused, that would be nearly each time.
  assert.ok(waits <= 3, `it waited for ${waits} refusals`);
});

test("run() asked for inside is held to the limit of the interpreter that it runs in", async () => {
  const interpreter = await limited();
  const errors = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const child = await create();
    const errors = [];
    await child.run(${JSON.stringify(another())}).catch((e) => errors.push(e.message));
    try { child.runSync(${JSON.stringify(another())}) } catch (e) { errors.push(e.message) }
    await child.close();
    await create({ limits: { compileMs: 51 } }).catch((e) => errors.push(e.name));
    errors`);
  const [first, second, third] = errors as string[];
  assert.match(first ?? "", /compileMs \(50\)/);
  assert.match(second ?? "", /compileMs \(50\)/);
  assert.equal(third, "RangeError");
});

for (const compileMs of [0, -1, 1.5, NaN, Infinity, 2 ** 40]) {
  test(`create() refuses limits.compileMs ${compileMs} with a RangeError`, async () => {
    await assert.rejects(create({ limits: { compileMs } }), RangeError);
  });
}

test("create() refuses limits.compileMs that is no number with a TypeError", async () => {
  await assert.rejects(create({ limits: { compileMs: "1" as never } }), TypeError);
});

test("source that the host parses itself takes it some milliseconds, whatever is in it", () => {
  let longest = 0;
  const bounded = { wantsValue: true, filename: "x", isBounded: true };
  // The first time loads the stripper.
  rewrite("let a: number", { ...bounded, language: "typescript" });
  for (const make of Object.values(NASTY)) {
    for (const language of ["javascript", "typescript"]) {
      // The largest that passes: it grows with its number.
      let [n, above] = [1, 4_097];
      const passes = (source: string) =>
        isQuickToParse(source) && (language === "javascript" || isQuickToStrip(source));
      while (above - n > 1) {
        const middle = (n + above) >> 1;
        if (passes(make(middle))) n = middle;
        else above = middle;
      }
      const start = performance.now();
      try {
        rewrite(make(n), { ...bounded, language });
      } catch (error) {
        assert.ok(error instanceof SyntaxError || (error as Error).name === "TooCostly");
      }
      longest = Math.max(longest, performance.now() - start);
    }
  }
  // Some milliseconds on a quiet machine.
  assert.ok(longest < 1_500, `${longest} ms`);
});

test("a program exits by itself when it has compiled, and while nobody waits for the compiler", async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const i = await create({ limits: { compileMs: 200 } });
    await i.run(${JSON.stringify(another())}).catch((e) => console.log(e.excinfo.name));
    console.log(await i.evaluate("var a: number = 4;".repeat(300) + "a"));
    await i.close();`);
  assert.deepEqual([code, stdout.trim().split("\n")], [0, ["RangeError", "4"]], stderr);
});
