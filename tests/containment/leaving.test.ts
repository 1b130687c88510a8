// The end of a program that has killed interpreters: it comes by itself, or by Ctrl-C, at
// once, and leaves nothing behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ScriptOptions, spawnScript } from "../helpers/spawn_script.ts";

const timeout = 60_000;

/** What a program may have done before it has nothing left to do. */
const LIVES: Readonly<Record<string, string>> = {
  "killed idle interpreters": `
    const [one, other] = await Promise.all([create(), create()]);
    await one.terminate();
    void other.terminate();`,
  "killed busy interpreters": `
    for (const source of ["for (;;);", "for (;;) await null;", "await new Promise(() => {});"]) {
      const one = await create();
      const running = one.run(source).catch(() => {});
      await one.terminate();
      await running;
    }
    const late = await create();
    late.run("for (;;);", { timeout: 50 }).catch(() => {});`,
  "killed interpreters while somebody waited for them": `
    const one = await create({ functions: { hang: () => new Promise(() => {}) } });
    const [recv, send] = createChannel();
    const running = one.run(
      \`import { host } from "subinterpreters";
      void send.send("never received").catch(() => {});
      void host.hang();
      send.sendNowait("begun");
      for (;;);\`,
      { channels: { send } },
    ).catch(() => {});
    void recv.recv().then(() => one.terminate());
    await running;
    const waiting = recv.recv({ timeout: 20 }).catch(() => {});
    const other = await create();
    void other.run("await recv.recv()", { channels: { recv } }).catch(() => {});
    await waiting;
    await other.terminate();`,
  "killed interpreters and keeps spares": `
    configure({ spares: 2 });
    for (let n = 0; n < 4; n++) {
      const one = await create();
      one.run("for (;;);").catch(() => {});
      await one.terminate();
    }`,
};

for (const [life, source] of Object.entries(LIVES)) {
  test(`a program that has ${life} exits by itself`, { timeout }, async () => {
    const { code, signal, stdout, stderr, timedOut } = await spawnScript(`
      import { configure, create, createChannel } from "subinterpreters";
      void [configure, createChannel];
      ${source}
      console.log("done");
    `);
    assert.deepEqual([code, signal, timedOut, stdout], [0, null, false, "done\n"], stderr);
  });
}

/** What interpreters may be busy with when Ctrl-C comes. */
const BUSY: Readonly<Record<string, string>> = {
  "run loops": "",
  "keep spares": "configure({ spares: 2 });",
};

for (const [how, source] of Object.entries(BUSY)) {
  test(`SIGINT ends a program at once whose interpreters are busy and ${how}`, {
    timeout,
  }, async () => {
    const options: ScriptOptions = { signalAfter: { text: "busy", signal: "SIGINT" } };
    const { code, signal, msFromSignal, timedOut } = await spawnScript(
      `
      import { configure, create, createChannel } from "subinterpreters";
      ${source}
      void configure;
      const [begun, begin] = createChannel();
      const sources = [
        'process.getBuiltinModule("vm").runInThisContext("for (;;);", { breakOnSigint: true });',
        "for (;;);", "for (;;) await null;", "await new Promise(() => {});",
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"];
      for (const source of sources) {
        const one = await create();
        one.run("begin.sendNowait(1); " + source, { channels: { begin } }).catch(() => {});
        await begun.recv();
      }
      console.log("busy");
      await begun.recv();`,
      options,
    );
    assert.equal(timedOut, false);
    assert.ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
    // The streams of a process close when nothing has them open any more.
    assert.ok(msFromSignal < 2_000, `ended after ${msFromSignal} ms`);
  });
}
