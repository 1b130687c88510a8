// What a process has open already is a number: a sandbox makes nothing of it. Nor does it
// get at the threads, or at the insides of the runtime, that would.

import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { platform } from "node:os";
import type { TestContext } from "node:test";
import { denied, sandboxTest } from "../helpers/sandbox.ts";

/** A connection of this process with itself, that goes with the test. */
async function connection(t: TestContext): Promise<readonly [Socket, Socket]> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const own = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const other = await accepted;
  t.after(() => {
    own.destroy();
    other.destroy();
    server.close();
  });
  return [own, other];
}

/** The numbers of what the process has open and is no file. */
function descriptors(): number[] {
  const folder = platform() === "linux" ? "/proc/self/fd" : "/dev/fd";
  return readdirSync(folder).map(Number).filter((number) => {
    if (number < 3) return false;
    if (platform() !== "linux") return true;
    try {
      return readlinkSync(`${folder}/${number}`).startsWith("socket:");
    } catch {
      // It was that of reading the folder.
      return false;
    }
  });
}

for (const isolated of [true, false]) {
  sandboxTest(
    `a sandbox with isolated: ${isolated} uses nothing that the process has open`,
    async (sandbox, t) => {
      const interpreter = await sandbox({ isolated });
      const [own, other] = await connection(t);
      const numbers = descriptors();
      assert.ok(numbers.length >= 3, String(numbers));
      const heard: string[] = [];
      other.setEncoding("utf8").on("data", (text: string) => heard.push(text));
      for (const number of numbers) {
        for (
          const act of [
            `const { Socket } = await import("node:net"); new Socket({ fd: ${number} }).end("stolen")`,
            `const { createServer } = await import("node:net");
            await new Promise((resolve, reject) =>
              createServer().on("error", reject).listen({ fd: ${number} }, resolve))`,
            `const { TTY } = process.binding("tty_wrap"); new TTY(${number}, {})`,
            `import { binding } from "node:process"; binding("tty_wrap")`,
            `const { createRequire } = process.getBuiltinModule("module");
            const { TTY } = createRequire("file:///")("internal/test/binding").internalBinding("tty_wrap");
            new TTY(${number}, {})`,
          ]
        ) await denied(interpreter, act, /is sandboxed|is isolated|EINVAL|Unsupported fd type/);
      }
      own.write("mine");
      const closed = new Promise<void>((resolve) => other.once("close", () => resolve()));
      own.end();
      await closed;
      assert.equal(heard.join(""), "mine");
    },
  );

  sandboxTest(
    `a sandbox with isolated: ${isolated} has no way round to what is closed`,
    async (sandbox) => {
      const interpreter = await sandbox({ isolated });
      for (
        const act of [
          'new Worker("data:text/javascript,", { type: "module" })',
          'const { Worker } = process.getBuiltinModule("worker_threads"); new Worker("0", { eval: true })',
          'import { Worker as Other } from "node:worker_threads"; new Other("0", { eval: true })',
          'import { BroadcastChannel as Other } from "node:worker_threads"; new Other("x")',
          'import { WASI } from "node:wasi"; new WASI({ version: "preview1" })',
          'import { createRequire } from "node:module"; new (createRequire("file:///")("wasi").WASI)({ version: "preview1" })',
          'import { getBuiltinModule } from "node:process"; new (getBuiltinModule("wasi").WASI)({ version: "preview1" })',
          'process.getBuiltinModule("fs").readSync(0, new Uint8Array(1))',
          'process.getBuiltinModule("fs").readFileSync(0)',
          'process.getBuiltinModule("v8").setFlagsFromString("--expose-gc")',
          'import { setFlagsFromString } from "node:v8"; setFlagsFromString("--expose-gc")',
          'await Deno.permissions.revoke({ name: "net" })',
          'Deno.permissions.revokeSync({ name: "net" })',
          // Isolated, it ends itself by one.
          ...isolated ? [] : [
            'Deno.kill(Deno.pid, "SIGUSR1")',
            'process.kill(process.pid, "SIGUSR1")',
            '(await import("node:process")).kill(process.pid, "SIGUSR1")',
          ],
        ]
      ) await denied(interpreter, act, /is sandboxed|is isolated|bad file descriptor/i);
      assert.equal(await interpreter.evaluate("typeof Deno[Deno.internal]"), "undefined");
    },
  );
}
