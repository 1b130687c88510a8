// The kind of a thread: what it has from its start, before it is told which interpreter it is.
// So a spare serves interpreters of its own kind alone.

import { hostBell } from "../../channel/wake/host_bell.ts";
import type { SpareBoot } from "../../protocol/frames.ts";
import type { CheckedCreateOptions } from "../../protocol/options.ts";
import { LOCK_PREFIX } from "../../confine/deno/locks.ts";
import { isSlow, type SpareKind } from "./spares.ts";
import { ENTRY } from "./thread.ts";

/** Output that goes where the process's own does. */
export const DIRECT: SpareBoot["output"] = { stdout: "direct", stderr: "direct" };

/** The kind of thread for such options. */
export function kindOf(
  options: CheckedCreateOptions | undefined,
  output: SpareBoot["output"],
): SpareKind {
  const { memoryMiB, stackMiB } = options?.limits ?? {};
  const permissions = options?.permissions ?? "inherit";
  return {
    entry: ENTRY,
    // Where only spares make a sandbox quick, they must serve interpreters of any name.
    name: isSlow(permissions) ? "interpreter" : options?.name ?? "interpreter",
    limits: { memoryMiB, stackMiB },
    permissions,
    isolated: options?.isolated ?? true,
    output,
  };
}

/** What a thread of that kind is told first. */
export function spareBoot({ isolated, output, limits, permissions }: SpareKind): SpareBoot {
  return {
    hostBell: hostBell(),
    lockName: `${LOCK_PREFIX}${crypto.randomUUID()}`,
    isolated,
    isSandboxed: permissions !== "inherit",
    isMemoryLimited: limits.memoryMiB !== undefined,
    output,
  };
}
