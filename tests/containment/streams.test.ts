// The streams of `process` are of this module's making: those of the runtimes lead to their
// insides, on Node to a port whose messages the main thread believes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { create, type CreateOptions } from "subinterpreters";
import { hearKnownAlone } from "../../src/runtime/node/parent_port.ts";
import { runtime } from "../helpers/runtime.ts";

const timeout = 60_000;

/** What source can get from a stream by its properties, those under symbols and of prototypes too. */
const REACHABLE = `
  const seen = new Set();
  const found = new Set();
  const look = (value, depth) => {
    if (depth > 4 || (typeof value !== "object" && typeof value !== "function")) return;
    if (value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof MessagePort) found.add("a port");
    if (typeof value.flush === "function" && typeof value.end === "function") found.add("a writer");
    for (let one = value; one !== null; one = Object.getPrototypeOf(one)) {
      for (const key of Reflect.ownKeys(one)) {
        if (typeof key === "symbol" && /kPort|FastPath/.test(String(key))) found.add(String(key));
        try { look(value[key], depth + 1); } catch {}
      }
    }
  };
  const console = globalThis.console;
  for (const stream of [process.stdin, process.stdout, process.stderr, console._stdout, console._stderr]) {
    look(stream, 0);
  }
  const named = await import("node:process");
  for (const name of ["stdin", "stdout", "stderr"]) look(named[name], 0);
  [...found, [named.stdin, named.stdout, named.stderr].map(({ fd }) => fd).join()]`;

const KINDS: readonly CreateOptions[] = [
  {},
  { isolated: false },
  { stdout: "capture", stderr: "ignore" },
  { isolated: false, stdout: "ignore", stderr: () => {} },
];

test("process.stdin, stdout and stderr lead to no port and no writer of the runtime's", {
  timeout,
}, async () => {
  for (const options of KINDS) {
    await using interpreter = await create(options);
    assert.deepEqual(await interpreter.evaluate(REACHABLE), ["0,1,2"], JSON.stringify(options));
  }
});

test(
  "a worker's odd messages to the runtime end nothing, and print nothing",
  { timeout },
  async () => {
    const worker = new Worker(
      `const { parentPort } = require("node:worker_threads");
    const key = Object.getOwnPropertySymbols(process.stdout)
      .find(({ description }) => description === "kPort");
    for (const message of [
      null, 1, { type: "nonsense" }, { type: "errorMessage", error: null },
      { type: "stdioPayload", stream: "nowhere", chunks: [{ chunk: "x", encoding: "utf8" }] },
      { type: "stdioWantsMoreData", stream: "stdin" },
    ]) process.stdout[key]?.postMessage(message);
    parentPort.postMessage(key === undefined ? "no port" : "sent");`,
      { eval: true },
    );
    hearKnownAlone(worker);
    const said = await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    assert.equal(said, runtime === "node" ? "sent" : "no port");
    await worker.terminate();
  },
);

test(
  "process.stdout of an interpreter is a stream: callbacks, pipes, ends",
  { timeout },
  async () => {
    const pieces: string[] = [];
    await using interpreter = await create({ stdout: (text) => void pieces.push(text) });
    const seen = await interpreter.evaluate(`
    import { Readable, Writable } from "node:stream";
    import { pipeline } from "node:stream/promises";
    const { stdout } = process;
    const returned = stdout.write("a");
    stdout.cork(); stdout.write("b"); stdout.write("YwoA", "base64"); stdout.uncork();
    await new Promise((done) => stdout.write(new Uint8Array([100]), done));
    await pipeline(Readable.from(["e", "f"]), stdout, { end: false });
    let wrong; try { stdout.write(5); } catch (error) { wrong = error.code; }
    stdout.end("g");
    await new Promise((done) => stdout.on("finish", done));
    [returned, stdout instanceof Writable, stdout.writableLength, wrong]`);
    assert.deepEqual(seen, [true, true, 0, "ERR_INVALID_ARG_TYPE"]);
    assert.equal(pieces.join(""), "abc\n\0defg");
  },
);

test(
  "a connection made of the number of an output writes nothing past stdout",
  { timeout },
  async () => {
    const pieces: string[] = [];
    await using interpreter = await create({ stdout: (text) => void pieces.push(text) });
    const written = await interpreter.evaluate(`
    let written = 0;
    if (globalThis.Deno) {
      const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
      const own = await Deno.connect({ port: listener.addr.port, hostname: "127.0.0.1" });
      try { written = await new own.constructor(1, {}, {}).write(new Uint8Array([120])); } catch {}
      own.close();
      listener.close();
    }
    console.log("by console");
    written`);
    assert.equal(written, 0);
    assert.equal(pieces.join(""), "by console\n");
  },
);
