// The module imported by URL. Deno alone imports over the network; the others say so.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";
import { foreignProject } from "../helpers/foreign_project.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test(
  "create() works in a module imported by https URL, on Deno",
  { timeout: 60_000 },
  async (t) => {
    const origin = await serve(t);
    const folder = await foreignProject(t, { unstable: ["worker-options"] });
    const script = join(folder, "script.ts");
    await writeFile(
      script,
      `const { create } = await import("${origin}/mod.ts");
    const interpreter = await create();
    await interpreter.run("import { getCurrent } from 'subinterpreters'; let n: number = 20");
    console.log(await interpreter.evaluate("n * 2 + getCurrent().id + 1"));
    console.log(await interpreter.evaluate("var long: number = 7;".repeat(300) + "long"));
    const sandbox = await create({ permissions: "none" });
    console.log(await sandbox.evaluate("Deno.permissions.querySync({ name: 'read' }).state"));`,
    );
    const { code, stdout, stderr } = await spawnScript(new URL(`file://${script}`), {
      config: join(folder, "deno.json"),
      flags: runtime === "deno" ? ["--unsafely-ignore-certificate-errors=localhost"] : [],
      env: { DENO_DIR: join(folder, "cache"), NODE_TLS_REJECT_UNAUTHORIZED: "0" },
      timeoutMs: 50_000,
    });
    if (runtime === "deno") assert.deepEqual([code, stdout], [0, "42\n7\ndenied\n"], stderr);
    else {
      assert.notEqual(code, 0);
      assert.match(stderr, /https:/);
    }
  },
);

test(
  "createSync() and runSync() come first in a module imported by https URL, on Deno",
  { timeout: 60_000 },
  async (t) => {
    const origin = await serve(t);
    const folder = await foreignProject(t);
    const script = join(folder, "script.ts");
    await writeFile(
      script,
      `import { createSync } from "${origin}/mod.ts";
    const interpreter = createSync();
    interpreter.runSync("const n: number = 21");
    console.log(interpreter.evaluateSync("n * 2"), interpreter.callSync((n: number) => n + 1, 6));
    interpreter.closeSync();`,
    );
    const { code, stdout, stderr } = await spawnScript(new URL(`file://${script}`), {
      config: join(folder, "deno.json"),
      flags: runtime === "deno" ? ["--unsafely-ignore-certificate-errors=localhost"] : [],
      env: { DENO_DIR: join(folder, "cache"), NODE_TLS_REJECT_UNAUTHORIZED: "0" },
      timeoutMs: 50_000,
    });
    if (runtime === "deno") assert.deepEqual([code, stdout], [0, "42 7\n"], stderr);
    else assert.notEqual(code, 0);
  },
);

/** Serves the sources on loopback; resolves to the server's origin. */
async function serve(t: TestContext): Promise<string> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
  const server = createServer({ key, cert }, (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "https://localhost");
    readFile(join(root, pathname), "utf8").then(
      (text) => response.setHeader("content-type", "application/typescript").end(text),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  t.after(() => server.close());
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}
