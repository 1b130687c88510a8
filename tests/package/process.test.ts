// What only a whole process shows: that it exits by itself, and when it must not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const TIMEOUT = { timeout: 60_000 };

test(
  "create() leaves a process that exits by itself though nothing is closed",
  TIMEOUT,
  async () => {
    const { code, stdout, stderr } = await spawnScript(`
    import { create, createChannel } from "subinterpreters";
    const interpreter = await create();
    const [recv, send] = createChannel();
    await interpreter.run("send.sendNowait(6 * 7)", { channels: { send } });
    console.log(await recv.recv());
  `);
    assert.deepEqual([code, stdout, stderr], [0, "42\n", ""]);
  },
);

test("recv() that waits keeps the process alive until the item comes", TIMEOUT, async () => {
  const { code, stdout } = await spawnScript(`
    import { create, createChannel } from "subinterpreters";
    const interpreter = await create();
    const [recv, send] = createChannel();
    await interpreter.run("setTimeout(() => send.sendNowait('late'), 300)", { channels: { send } });
    console.log(await recv.recv());
  `);
  assert.deepEqual([code, stdout], [0, "late\n"]);
});

test("send() that waits keeps the process alive until the item is received", TIMEOUT, async () => {
  const { code, stdout } = await spawnScript(`
    import { create, createChannel } from "subinterpreters";
    const interpreter = await create();
    const [recv, send] = createChannel();
    await interpreter.run("setTimeout(() => recv.recvNowait(), 300)", { channels: { recv } });
    await send.send("item");
    console.log("received");
  `);
  assert.deepEqual([code, stdout], [0, "received\n"]);
});

test("run() in progress keeps the process alive until it ends", TIMEOUT, async () => {
  const { code, stdout } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    console.log(await interpreter.evaluate(
      "await new Promise((resolve) => setTimeout(resolve, 300, 'ended'))",
    ));
  `);
  assert.deepEqual([code, stdout], [0, "ended\n"]);
});

test("recv() that timed out no longer keeps the process alive", TIMEOUT, async () => {
  const { code, stdout } = await spawnScript(`
    import { createChannel } from "subinterpreters";
    const [recv] = createChannel();
    await recv.recv({ timeout: 20 }).catch((error) => console.log(error.name));
    const controller = new AbortController();
    const aborted = recv.recv({ signal: controller.signal }).catch((error) => console.log(error));
    controller.abort("given up");
    await aborted;
  `);
  assert.deepEqual([code, stdout], [0, "ChannelEmptyError\ngiven up\n"]);
});

test("B156 process.exit() ends the process while interpreters loop", TIMEOUT, async () => {
  const { code, signal } = await spawnScript(`
    import { create } from "subinterpreters";
    import process from "node:process";
    const interpreter = await create();
    interpreter.run("for (;;);").catch(() => {});
    setTimeout(() => process.exit(3), 100);
  `);
  assert.deepEqual([code, signal], [3, null]);
});

test("SIGINT ends the process while interpreters loop", TIMEOUT, async () => {
  const { code, signal, timedOut } = await spawnScript(
    `
    import { create } from "subinterpreters";
    const interpreter = await create();
    const running = interpreter.run("for (;;);");
    console.log("looping");
    await running;
  `,
    { signalAfter: { text: "looping", signal: "SIGINT" } },
  );
  assert.equal(timedOut, false);
  assert.notEqual(code, 0);
  assert.ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
});

test("B019 an error that the program does not catch ends it with code 1", TIMEOUT, async () => {
  const { code, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    await interpreter.run("throw new TypeError('from inside')");
  `);
  assert.equal(code, 1);
  assert.match(stderr, /RunFailedError: TypeError: from inside/);
});

for (const exit of ["by itself", "by process.exit()"]) {
  test(`create() that cannot start a thread lets the process end ${exit}`, TIMEOUT, async () => {
    const { code, stdout, stderr } = await spawnScript(
      `
    import process from "node:process";
    import { configure, create, createSync } from "subinterpreters";
    const acts = [create, () => createSync(), () => configure({ spares: 1 })];
    for (const act of acts) {
      try {
        await act();
        console.log("started");
      } catch (error) {
        console.log(error.name, error.cause instanceof Error);
      }
    }
    ${exit === "by itself" ? "" : "process.exit(0);"}
  `,
      // The others need no leave for it.
      { flags: runtime === "deno" ? ["--deny-read", "--no-prompt"] : [] },
    );
    const line = runtime === "deno" ? "InterpreterError true\n" : "started\n";
    assert.deepEqual([code, stdout, stderr], [0, line.repeat(3), ""]);
  });
}
