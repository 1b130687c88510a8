// Output that is no write: copies of files to a stream's path, and what the runtimes print by
// themselves of handlers that throw.

import assert from "node:assert/strict";
import { test } from "node:test";
import { scoped } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";

const timeout = 60_000;

/** Runs source, and gives what it wrote, each piece with the number of its stream. */
async function written(t: Parameters<typeof scoped>[0], source: string): Promise<string> {
  let all = "";
  const interpreter = await scoped(t, {
    stdout: (text) => void (all += `1${text}`),
    stderr: (text) => void (all += `2${text}`),
  });
  await interpreter.run(source, { timeout });
  return all;
}

test("stdout and stderr get what is copied to their paths", { timeout }, async (t) => {
  const source = `
    import fs from "node:fs"; import os from "node:os";
    const folder = fs.mkdtempSync(os.tmpdir() + "/subinterpreters-copy-");
    const file = folder + "/a";
    fs.writeFileSync(file, "a\\n");
    try {
      fs.copyFileSync(file, "/dev/stdout");
      await fs.promises.copyFile(file, "/proc/self/fd/2");
      await new Promise((done, fail) =>
        fs.copyFile(file, "/dev/fd/1", (error) => error ? fail(error) : done()));
      const { Deno } = globalThis;
      if (Deno === undefined) fs.writeSync(1, "a\\na\\n");
      else { Deno.copyFileSync(file, "/dev/stdout"); await Deno.copyFile(file, "/dev/stdout"); }
    } finally { fs.rmSync(folder, { recursive: true }) }`;
  const output = (await written(t, source)).replaceAll(/\n(?=a)/g, "\n1");
  assert.equal(output, "1a\n2a\n1a\n1a\n1a\n");
});

const SERVERS: Readonly<Record<typeof runtime, readonly string[]>> = {
  deno: [
    `const server = Deno.serve({ port: 0, onListen() {} }, () => { throw "a" });
    const { port } = server.addr; const stop = () => server.shutdown();`,
    `const server = Deno.serve({ port: 0, onListen() {}, onError() { throw "a" } },
      () => { throw "b" });
    const { port } = server.addr; const stop = () => server.shutdown();`,
  ],
  bun: [
    `const server = Bun.serve({ port: 0, fetch() { throw "a" } });
    const { port } = server; const stop = () => server.stop(true);`,
    `const server = Bun.serve({ port: 0, async fetch() { throw "b" }, error() { throw "a" } });
    const { port } = server; const stop = () => server.stop(true);`,
  ],
  // Its servers have no handler of their own for that: it is an error that nobody caught.
  node: [
    `import { createServer } from "node:http"; import { once } from "node:events";
    process.once("uncaughtException", (error) => console.error(error));
    const server = createServer((_, response) => { response.statusCode = 500; response.end(); throw "a" });
    await once(server.listen(0), "listening");
    const { port } = server.address(); const stop = () => server.close();`,
  ],
};

test("stderr gets what handlers of a server throw", { timeout }, async (t) => {
  for (const server of SERVERS[runtime]) {
    const source = `${server}
      const { status } = await fetch("http://localhost:" + port);
      await stop();
      console.log(status);`;
    assert.equal(await written(t, source), "2a\n1500\n");
  }
});
