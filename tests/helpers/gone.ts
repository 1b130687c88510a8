// Whether the thread of an interpreter is gone. `terminate()` may resolve before on a busy machine,
// and until then what the interpreter is in the middle of may go on.

import { createChannel, type Interpreter } from "subinterpreters";
import { until } from "./until.ts";

/** Marks an idle interpreter, and gives what waits until its thread is gone. */
export async function goneAfterwards(interpreter: Interpreter): Promise<() => Promise<void>> {
  const [mark, toMark] = createChannel({ unboundItems: "remove" });
  await interpreter.run("toMark.sendNowait(1)", { channels: { toMark } });
  return () => until(() => mark.length === 0, { withinMs: 20_000, what: "the thread is gone" });
}
