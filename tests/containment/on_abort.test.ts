// `onAbort: "interrupt"`: a run that is aborted ends, and its interpreter goes on if it can.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createChannel, listAll } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

test("run() with onAbort interrupt abandons code that awaits, and keeps the namespace", async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run("let kept = 41;");
  const [begun, begin] = createChannel();
  for (
    const source of [
      "await new Promise(() => {})",
      "for (;;) await new Promise((go) => setTimeout(go, 1))",
      "import { createChannel } from 'subinterpreters'; await createChannel()[0].recv()",
    ]
  ) {
    const controller = new AbortController();
    const run = interpreter.run(`begin.sendNowait(kept++); ${source}`, {
      channels: { begin },
      signal: controller.signal,
      onAbort: "interrupt",
    });
    await begun.recv();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(run, (error) => error === reason);
    assert.equal(interpreter.isRunning(), false);
  }
  assert.equal(await interpreter.evaluate("kept"), 44);
});

test("run() with onAbort interrupt terminates synchronous code, with the signal's reason", async () => {
  const interpreter = await create();
  const [begun, begin] = createChannel();
  const controller = new AbortController();
  const run = interpreter.run("begin.sendNowait(1); for (;;);", {
    channels: { begin },
    signal: controller.signal,
    onAbort: "interrupt",
  });
  await begun.recv();
  controller.abort("enough");
  await assert.rejects(run, (error) => error === "enough");
  assert.ok(!listAll().includes(interpreter));
});

test("onAbort interrupt works inside an interpreter, and source hears of it from its signal", async (t) => {
  const interpreter = await scoped(t);
  const outcome = await interpreter.evaluate(`
    import { create, createChannel } from "subinterpreters";
    const inner = await create();
    const [begun, begin] = createChannel();
    const controller = new AbortController();
    const run = inner.run(
      \`import { signal } from "subinterpreters";
      let told;
      signal.addEventListener("abort", () => { told = signal.reason.reason; });
      begin.sendNowait(1);
      await new Promise(() => {})\`,
      { channels: { begin }, signal: controller.signal, onAbort: "interrupt" },
    );
    await begun.recv();
    controller.abort("enough");
    const error = await run.catch((error) => error);
    const told = await inner.evaluate("told");
    await inner.close();
    [error, told]`);
  assert.deepEqual(outcome, ["enough", "aborted"]);
});

test("call() with onAbort interrupt keeps the interpreter; without, an abort ends it", async () => {
  const interpreter = await create();
  for (const onAbort of ["interrupt", "terminate"] as const) {
    const controller = new AbortController();
    const [begun, begin] = createChannel();
    const calling = interpreter.call({
      fn: async (end: typeof begin) => {
        end.sendNowait(1);
        await new Promise(() => {});
      },
      args: [begin],
      signal: controller.signal,
      onAbort,
    });
    await begun.recv();
    controller.abort(onAbort);
    await assert.rejects(calling, (error) => error === onAbort);
    assert.equal(listAll().includes(interpreter), onAbort === "interrupt");
  }
});

test("run() refuses an onAbort that is neither terminate nor interrupt", async (t) => {
  const interpreter = await scoped(t);
  for (const onAbort of ["stop", null, true]) {
    await assert.rejects(
      interpreter.run("1", { onAbort } as never),
      /: onAbort must be "terminate" or "interrupt", received /,
    );
  }
});
