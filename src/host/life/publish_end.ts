// Tells whoever listens that an interpreter has ended.

import type { InterpreterTerminatedError } from "../../errors.ts";
import { ends } from "../diagnostics.ts";
import { nameOf } from "./boot.ts";
import type { GuestThread } from "./thread.ts";

/** Says that an interpreter has ended, as soon as it has. */
export function publishEnd(
  { id, ending }: GuestThread,
  { error, name, since }: {
    readonly error: InterpreterTerminatedError;
    readonly name: string | undefined;
    readonly since: number;
  },
): void {
  void ending.settled.then(() => {
    const time = performance.now();
    const { reason, exitCode } = error;
    ends.publish({
      ...{ id, name: nameOf(id, name), reason, exitCode: exitCode ?? null },
      ...{ time, duration: time - since },
    });
  });
}
