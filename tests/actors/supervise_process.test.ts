// What supervisors mean for the process that they are in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spawnScript } from "../helpers/spawn_script.ts";

test("supervise() ends no process when it gives up, and an idle interpreter keeps none alive", async () => {
  const { code, stdout, stderr } = await spawnScript(
    new URL("./fixtures/unheard_supervisors.ts", import.meta.url),
  );
  assert.deepEqual([code, stdout, stderr], [0, "gaveUp gaveUp gaveUp running\n", ""]);
});
