// Rows of docs/enforcement.md, as in guarantees.ts: how much an interpreter may have of what
// the whole process has little of.

import { InterpreterTerminatedError, RunFailedError } from "subinterpreters";
import { endsFor, type Guarantee, within } from "../helpers/attempts.ts";
import type { Observation } from "../helpers/enforcement_table.ts";
import { burns, THREAD } from "../helpers/thread.ts";

const KEEP_BUFFERS = `
  globalThis.kept = [];
  for (let n = 0; n < 1500; n++) kept.push(new SharedArrayBuffer(8, { maxByteLength: 2 ** 20 }));
`;

/** Whether a run was stopped by a limit of what it may have. */
async function isOutOfRange(run: Promise<unknown>): Promise<Observation> {
  try {
    await run;
    return "not enforced";
  } catch (error) {
    if (error instanceof RunFailedError && error.excinfo.name === "RangeError") return "enforced";
    throw error;
  }
}

/** Methods of arrays that believe what a list says of its length; they end some day. */
const LONG_LISTS: Readonly<Record<string, string>> = {
  "A method of arrays on an endless list (`sort`, `splice`) is refused, or ends at its `timeout`":
    "[].splice.call({ length: 2 ** 53 - 1 }, 0, 1);",
  "So is one that calls a function for each element (`forEach`, `reduce`)":
    "[].forEach.call({ length: 2 ** 28 }, Boolean);",
  "So is `splice` of another context of `node:vm`": `
    process.getBuiltinModule("node:vm").runInNewContext("[].splice.call({ length: 2 ** 27 }, 0, 1)");`,
};

const longLists: Guarantee[] = Object.entries(LONG_LISTS).map(([guarantee, source]) => ({
  section: "Stopping a run",
  guarantee,
  observe: () =>
    within({}, async (interpreter) => {
      const thread = await interpreter.evaluate<string | null>(THREAD);
      const run = interpreter.run(source, { timeout: 150 });
      try {
        return await isOutOfRange(run);
      } catch (error) {
        if (!(error instanceof InterpreterTerminatedError)) throw error;
        const ended = await endsFor("timeout", run);
        return await burns(thread) ? "not enforced" : ended;
      }
    }),
}));

/** Bounds that need no option. */
export const bounds: Guarantee[] = [
  ...longLists,
  {
    section: "Limits",
    guarantee: "Who keeps making channels gets a `RangeError`, and the process lives",
    observe: () =>
      within({}, (interpreter) =>
        isOutOfRange(interpreter.run(`
          import { createChannel } from "subinterpreters";
          globalThis.kept = [];
          for (let n = 0; n < 6000; n++) kept.push(createChannel());
        `))),
  },
  {
    section: "Limits",
    guarantee: "So does who keeps making resizable buffers, or memories of WebAssembly",
    observe: () => within({}, (interpreter) => isOutOfRange(interpreter.run(KEEP_BUFFERS))),
  },
  {
    section: "Limits",
    guarantee: "So does who makes these in other contexts of `node:vm`",
    observe: () =>
      within({}, (interpreter) =>
        isOutOfRange(interpreter.run(`
          import vm from "node:vm";
          globalThis.kept = vm.runInNewContext(${JSON.stringify(KEEP_BUFFERS)});
        `))),
  },
];
