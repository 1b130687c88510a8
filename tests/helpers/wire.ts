// What an interpreter could say to its host if source got at its port.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { CreateOptions, Interpreter } from "subinterpreters";
import type { Adapter, Thread } from "subinterpreters/src/runtime/adapter.ts";
import { adapter } from "subinterpreters/src/runtime/detect.ts";
import { scoped } from "./interpreter.ts";

/** Starts an interpreter and hands out what the host hears its frames with. */
export async function withItsWire(
  t: TestContext,
  options?: CreateOptions,
): Promise<[Interpreter, (frame: unknown) => void]> {
  const mutable = adapter as { -readonly [Key in keyof Adapter]: Adapter[Key] };
  const spawn = adapter.spawn.bind(adapter);
  let hear: ((frame: unknown) => void) | undefined;
  mutable.spawn = (how): Thread => {
    const thread = spawn(how);
    const listen = thread.port.listen.bind(thread.port);
    const port = {
      ...thread.port,
      listen(listener: (frame: unknown) => void) {
        hear = listener;
        listen(listener);
      },
    };
    return { ...thread, port };
  };
  try {
    const interpreter = await scoped(t, options);
    // It has loaded: nothing that could forge a frame runs before.
    await interpreter.run("");
    assert.ok(hear !== undefined);
    return [interpreter, hear];
  } finally {
    mutable.spawn = spawn;
  }
}
