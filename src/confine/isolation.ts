// What keeps an isolated interpreter from acting on the process: every way to such an act
// (acts/) is replaced by a function that refuses. Source comes to a built-in module by import,
// require, process.getBuiltinModule and more, but all of these lead to one object. That object
// is changed here, before any source runs. The named exports of an `import` are another matter:
//
// - Node copies them anew when it is told to (`syncBuiltinESMExports`).
// - Bun 1.4 copies them when the module is first imported, which is later (runtime/builtins.ts).
// - Deno 2.9 may have copied them before (runtime/deno/modules.ts).

import { InterpreterError } from "../errors.ts";
import { process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { ACTS_OF_PROCESS, THREAD } from "./acts/common.ts";
import { isolateBun } from "./bun/isolation.ts";
import { isolateDeno } from "./deno/isolation.ts";
import { isolateNode } from "./node/isolation.ts";
import { put, type Refuse, replaceActs } from "./refusals.ts";
import {
  exitOnOwnSignal,
  ignoreSignals,
  protectReport,
  protectTitle,
  protectUmask,
} from "./signals.ts";

/**
 * Takes every way to act on the process away from source, in this thread.
 *
 * @param id Gives the id of the interpreter, for the errors.
 * @param exit Is called instead of a signal that source sends to its own process.
 */
export function isolate(id: () => number, exit: (code: number) => never): void {
  const refuse: Refuse = (action) =>
    function refused(): never {
      throw new InterpreterError(
        `Cannot ${action}: interpreter ${id()} is isolated; create it with { isolated: false }`,
      );
    };
  replaceActs(process, ACTS_OF_PROCESS, refuse);
  exitOnOwnSignal(exit, refuse);
  protectUmask(refuse);
  protectTitle(refuse);
  protectReport(refuse);
  ignoreSignals();
  if (globals.Worker !== undefined) put(globalThis, "Worker", refuse(THREAD));
  if (globals.Deno !== undefined) isolateDeno(globals.Deno, refuse);
  else if (globals.Bun !== undefined) isolateBun(globals.Bun, refuse);
  else isolateNode(refuse);
}
