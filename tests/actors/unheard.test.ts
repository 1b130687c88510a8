import assert from "node:assert/strict";
import { test } from "node:test";
import { spawnScript } from "../helpers/spawn_script.ts";

test("no error of actor logic ends the process: one that nobody hears is on stderr once", async () => {
  const { code, stdout, stderr } = await spawnScript(
    new URL("./fixtures/unheard.ts", import.meta.url),
  );
  const names = [
    "source throws",
    "no source",
    "function of source throws",
    "module throws",
    "no module",
    "no interpreter for a source",
    "no interpreter",
    "no parent",
    "deprecated",
  ];
  const lines = names.flatMap((name) => [`${name} error`, `${name} error`]);
  assert.equal(stdout, [...lines, "killed done", "heard", "told", "end", ""].join("\n"), stderr);
  assert.equal(code, 0);
  const reports = stderr.match(/^Uncaught in an actor of \w+\(?\)?: /gm) ?? [];
  assert.equal(reports.length, 2 * names.length, stderr);
  assert.equal(stderr.match(/from source/g)?.length, 2, stderr);
  assert.doesNotMatch(stderr, /somebody hears|from the channel/);
});
