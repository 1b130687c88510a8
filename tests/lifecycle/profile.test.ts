// Profiles that a runtime writes of its own accord: of the program, and of interpreters where each
// thread has one of its own.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const SCRIPT = `
  import { create } from "subinterpreters";
  const interpreter = await create();
  console.log(await interpreter.evaluate(
    "function busyInside(end) { while (performance.now() < end); return 42 }" +
    "busyInside(performance.now() + 200)",
  ));
  await interpreter.close();
`;

test("create() lets --cpu-prof write a profile of the interpreter too, on Node", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-profile-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const flags = runtime === "deno" ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  const { stdout, stderr } = await spawnScript(SCRIPT, { flags });
  assert.equal(stdout, "42\n", stderr);
  const files = await readdir(folder);
  const profiles = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const ofInterpreters = profiles.filter((text) => text.includes("busyInside"));
  // Bun writes a profile of the main thread alone, and Deno takes no such flag in a program's tests.
  assert.equal(ofInterpreters.length, runtime === "node" ? 1 : 0);
  assert.equal(profiles.length, { deno: 0, bun: 1, node: 2 }[runtime]);
});
