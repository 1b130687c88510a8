// Rows of docs/enforcement.md, as in guarantees.ts: how much an interpreter may have of what
// the whole process has little of.

import { RunFailedError } from "subinterpreters";
import { type Guarantee, within } from "../helpers/attempts.ts";
import type { Observation } from "../helpers/enforcement_table.ts";

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

/** Bounds that need no option. */
export const bounds: Guarantee[] = [
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
