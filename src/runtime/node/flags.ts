// The flags of Node that a thread is started with. Without a list of its own a worker would inherit
// the program's `--import` and the like, which load files before anything is closed to it.

import process from "node:process";
import type { ThreadPermissions } from "../../protocol/options.ts";
import { permissionFlags } from "./permissions.ts";

/** `node --cpu-prof` and `--heap-prof`, which are about each thread, and where they write. */
const PROFILE = /^--(?:cpu|heap)-prof(?:-dir|-interval)?(?:=|$)/;
/** Those that take a value, which may be the next argument. */
const WITH_VALUE = /-(?:dir|interval)$/;

/** The flags of a thread that has these permissions. */
export function threadFlags(permissions: "inherit" | ThreadPermissions): string[] {
  return [...permissionFlags(permissions), ...profileFlags(process.execArgv)];
}

/** Not `--cpu-prof-name`: each thread writes a file of its own. */
function profileFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, at) => PROFILE.test(flag) || isProfileValue(flags[at - 1] ?? ""));
}

function isProfileValue(before: string): boolean {
  return PROFILE.test(before) && WITH_VALUE.test(before);
}
