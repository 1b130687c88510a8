// Every kind of death, and whoever waits for the one who dies: each is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as subinterpreters from "subinterpreters";
import { runtime } from "../helpers/runtime.ts";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

const timeout = 60_000;

type Module = typeof subinterpreters;

/** How one dies. */
interface Death {
  /** What its run ends with; `undefined`: its run is done when it dies. */
  readonly reason: string | undefined;
  /** What it runs at last, after a call of its creator. */
  readonly source: string;
  readonly limits?: { readonly memoryMiB?: number; readonly outputBytes?: number };
  readonly timeout?: number;
  /** What its creator does at last. */
  readonly end?: "terminate" | "close";
}

const FOR_EVER = "await new Promise(() => {});";

const DEATHS: Readonly<Record<string, Death>> = {
  "terminate()": { reason: "terminated", source: FOR_EVER, end: "terminate" },
  "terminate() in a loop": { reason: "terminated", source: "for (;;);", end: "terminate" },
  "its timeout": { reason: "timeout", source: "for (;;);", timeout: 400 },
  "lack of memory": {
    reason: "out of memory",
    // Not an array: its growth by one large piece is what Node 20 may abort at.
    source: "let list; for (;;) list = { list, kept: true };",
    limits: { memoryMiB: 32 },
  },
  "exit": { reason: "exit", source: "process.exit(3);" },
  "a crash": {
    // Node ends a thread whose error nobody caught by what `process.exit` calls.
    reason: runtime === "node" ? "exit" : "crash",
    source: runtime === "deno"
      ? `close(); ${FOR_EVER}`
      : runtime === "node"
      ? `process.emit = null; setTimeout(() => { throw 1; }); ${FOR_EVER}`
      : `for (const each of process.listeners("unhandledRejection")) {
        process.off("unhandledRejection", each);
      }
      void Promise.reject(1); ${FOR_EVER}`,
  },
  "its limit of output": {
    reason: "output limit",
    source: "for (;;) console.log('x');",
    limits: { outputBytes: 100 },
  },
  "close()": { reason: undefined, source: "", end: "close" },
};

/**
 * Creates one that waits in every way and then dies, and tells what those saw that had to do
 * with it. By its text it also runs inside an interpreter: it refers to its arguments alone.
 */
async function watch(module: Module, death: Death): Promise<Record<string, unknown>> {
  const { create, createChannel, listAll } = module;
  const until = async (condition: () => boolean) => {
    for (let n = 0; n < 1_000 && !condition(); n++) await new Promise((go) => setTimeout(go, 5));
    return condition();
  };
  const [unheard, unheardSend] = createChannel();
  const [emptyRecv, empty] = createChannel();
  const [childSaid, childSay] = createChannel();
  let called = false;
  let aborted = false;
  const one = await create({
    limits: death.limits ?? {},
    stdout: "capture",
    functions: {
      hang(this: subinterpreters.HostFunctionThis) {
        called = true;
        this.signal.addEventListener("abort", () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    },
  });
  const before = listAll();
  const reader = one.stdout.getReader();
  const read = async (): Promise<string> => (await reader.read()).done ? "ended" : await read();
  const reading = read();
  await one.run(
    `import { create, host } from "subinterpreters";
    unheard.send("never received").catch(() => {});
    empty.recv().catch(() => {});
    const child = await create({ functions: { ask: () => new Promise(() => {}) } });
    child.run(\`
      import { host } from "subinterpreters";
      said.sendNowait("asks");
      await host.ask().catch((error) => said.sendNowait(error.name));
    \`, { channels: { said } }).catch(() => {});`,
    { channels: { unheard: unheardSend, empty: emptyRecv, said: childSay } },
  );
  const asks = await childSaid.recv({ timeout: 10_000 });
  const running = one.run(
    // Without a run in progress the call belongs to none, and lasts as long as the interpreter.
    death.end === "close"
      ? "setTimeout(() => void host.hang(), 0);"
      : `void host.hang(); ${death.source}`,
    death.timeout === undefined ? {} : { timeout: death.timeout },
  ).then(() => undefined, (error: Error & { reason?: string }) => error.reason ?? error.message);
  if (death.end !== undefined) {
    await until(() => called);
    if (death.end === "close") await running;
    await one[death.end]();
  }
  const reason = await running;
  const seen = {
    reason,
    isGone: await until(() => !listAll().includes(one)),
    callIsAborted: await until(() => called && aborted),
    output: await reading,
    itsSend: unheard.recvNowait("withdrawn"),
    itsRecvTakes: empty.sendNowait("nobody waits"),
    run: await one.run("1").catch((error: Error) => error.name),
    child: [asks, await childSaid.recv({ timeout: 10_000 })],
  };
  const left = listAll().filter((other) => !before.includes(other));
  await Promise.all(left.map((other) => other.terminate()));
  return seen;
}

for (const [name, death] of Object.entries(DEATHS)) {
  const expected = {
    reason: death.reason,
    isGone: true,
    callIsAborted: true,
    output: "ended",
    itsSend: "withdrawn",
    itsRecvTakes: false,
    run: "InterpreterNotFoundError",
    child: ["asks", "InterpreterError"],
  };
  const isRefused = runtime === "bun" && death.limits?.memoryMiB !== undefined;

  test(`whoever waits for an interpreter that dies by ${name} is told`, { timeout }, async () => {
    const watching = watch(subinterpreters, death);
    if (isRefused) await assert.rejects(watching, subinterpreters.UnsupportedError);
    else assert.deepEqual(await watching, expected);
  });

  test(`inside, whoever waits for an interpreter that dies by ${name} is told`, {
    timeout,
  }, async () => {
    const watcher = await shared();
    // The name is what tsx puts around functions.
    const watching = watcher.evaluate(`
      import * as module from "subinterpreters";
      const __name = (f) => f;
      await (${String(watch)})(module, ${JSON.stringify(death)})`);
    if (isRefused) await assert.rejects(watching, /UnsupportedError/);
    else assert.deepEqual(await watching, expected);
  });
}
