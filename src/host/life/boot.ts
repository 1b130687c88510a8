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
    label: labelOf(id, options.name),
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

/** How much of a thread's name Linux shows, in bytes. */
const LABEL_BYTES = 15;
const encoder = new TextEncoder();

/**
 * What the system's tools call the thread of an interpreter. Of a longer name the digits at its end
 * stay, by which the workers of a pool differ.
 */
function labelOf(id: number, name = ""): string {
  const text = name.replaceAll(/\p{Cc}/gu, " ");
  if (text.trim() === "") return `subint-${id}`;
  const [digits] = /[^\p{L}\d]?\d{0,6}$/u.exec(text) ?? [""];
  const room = LABEL_BYTES - encoder.encode(digits).length;
  const head = text.slice(0, text.length - digits.length);
  // Whole characters only.
  const { read } = encoder.encodeInto(head, new Uint8Array(room));
  return head.slice(0, read) + digits;
}
