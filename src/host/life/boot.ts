// Starts a thread, and makes what it is told before anything else.

import { isVariableOf } from "../../api/permissions.ts";
import { InterpreterError } from "../../errors.ts";
import type { Boot } from "../../protocol/frames.ts";
import type { CheckedCreateOptions } from "../../protocol/options.ts";
import { environment, programArguments, programDirectory } from "../../runtime/program.ts";
import { spareBoot } from "./kinds.ts";
import type { SpareKind } from "./spares.ts";
import { GuestThread, type ThreadOptions } from "./thread.ts";

/** What the thread of an interpreter is told. */
export function bootOf({ id, options, kind, hasInput }: {
  readonly id: number;
  readonly options: CheckedCreateOptions;
  readonly kind: SpareKind;
  readonly hasInput: boolean;
}): Omit<Boot, "guestBell"> {
  return {
    id,
    ...spareBoot(kind),
    baseUrl: options.baseUrl ?? programDirectory(),
    env: options.env ?? visibleEnvironment(options),
    hasOwnEnv: options.env !== undefined,
    args: options.permissions === "inherit" ? programArguments() : [],
    hasInput,
    functions: options.functions,
    messageBytes: options.limits.messageBytes,
  };
}

/** What an interpreter sees of the environment of the process. */
function visibleEnvironment({ permissions }: CheckedCreateOptions): Record<string, string> {
  const all = environment();
  const names = permissions === "inherit" ? true : permissions.env ?? [];
  if (typeof names !== "object") return all;
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => names.some((one) => isVariableOf(one, name))),
  );
}

/** Starts a thread; throws with the cause if the runtime refuses, for an odd `NODE_OPTIONS` say. */
export function startThread(options: ThreadOptions): GuestThread {
  try {
    return new GuestThread(options);
  } catch (cause) {
    throw new InterpreterError("Cannot create an interpreter: its thread cannot be started", {
      cause,
    });
  }
}

/** What an interpreter is called. */
export function nameOf(id: number, name: string | undefined): string {
  return name ?? `interpreter ${id}`;
}
