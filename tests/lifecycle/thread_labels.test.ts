// What the system's tools call the threads. Linux alone shows that, under /proc.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import { test } from "node:test";
import { configure, create, InterpreterPoolExecutor } from "subinterpreters";
import { until } from "../helpers/until.ts";

const TASKS = "/proc/self/task";

/** The names of all threads of this process. */
function labels(): string[] {
  return readdirSync(TASKS).flatMap((thread) => {
    try {
      return [readFileSync(`${TASKS}/${thread}/comm`, "utf8").slice(0, -1)];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Waits until threads have these names. Elsewhere than on Linux nobody can look. */
async function untilThere(...expected: readonly string[]): Promise<void> {
  if (platform() !== "linux") return assert.equal(existsSync(TASKS), false);
  const missing = () => {
    const found = labels();
    return expected.filter((label) => !found.includes(label));
  };
  await until(() => missing().length === 0, { what: expected.join() }).catch((error: Error) =>
    assert.fail(`${error.message}; missing ${missing().join()} of ${labels().join()}`)
  );
}

test("create() calls the thread after the interpreter's id, or its name", async () => {
  await using plain = await create();
  await using named = await create({ name: "thumbnails" });
  await untilThere(`subint-${plain.id}`, "thumbnails");
  assert.equal(await named.evaluate("1"), 1);
});

test("create() cuts a long name for the system between characters, but for digits at its end", async () => {
  await using long = await create({ name: "a name that is too long 12" });
  await using umlauts = await create({ name: "äöüäöüäöü" });
  await using lines = await create({ name: "two\nlines" });
  await untilThere("a name that  12", "äöüäöüä", "two lines");
  assert.deepEqual(
    [long.name, umlauts.name, lines.name],
    ["a name that is too long 12", "äöüäöüäöü", "two\nlines"],
  );
});

test("B406 workers of a pool have its name and their number as the names of their threads", async () => {
  await using pool = new InterpreterPoolExecutor({ maxWorkers: 2, name: "images-of-a-cat" });
  await Promise.all([pool.submit(() => 1), pool.submit(() => 2)]);
  await untilThere("images-of-a-c_0", "images-of-a-c_1");
});

test("configure() spares are called so until they become an interpreter", async () => {
  configure({ spares: 1 });
  try {
    await untilThere("subint-spare");
    await using interpreter = await create();
    await untilThere(`subint-${interpreter.id}`);
  } finally {
    configure({ spares: 0 });
  }
});

test("run() of long source is compiled by a thread that is called so", async () => {
  await using interpreter = await create();
  await interpreter.run(`/* ${"long ".repeat(100_000)} */ 1`);
  await untilThere("subint-compiler");
});
