// `require` and not an import, which a check of types would look up: a checkout has
// no peers. And not an awaited import: Bun drops what arrives before it is done.

import { createRequire } from "node:module";
import * as tasks from "./tasks.mjs";

const { expose } = createRequire(import.meta.url)("comlink");
if ("Deno" in globalThis || "Bun" in globalThis) {
  expose(tasks);
} else {
  const ADAPTER = "comlink/dist/esm/node-adapter.mjs";
  const { parentPort } = await import("node:worker_threads");
  const { default: nodeEndpoint } = await import(ADAPTER);
  expose(tasks, nodeEndpoint(parentPort));
}
