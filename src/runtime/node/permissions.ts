// Permissions on Node, whose permission model can be given to one worker. It denies processes and
// native code in full. It does not cover the network, nor facts about the system, nor files that other
// threads have opened: their descriptors are numbers that anybody can use (Node 20, measured). So a
// set that narrows these is refused.

import process from "node:process";
import { UnsupportedError } from "../../errors.ts";
import type { PermissionName, ThreadPermissions } from "../../protocol/options.ts";
import { isTypeScript } from "../own_files.ts";

const WHAT = "Cannot create an interpreter";

/** What Node does not deny in full. */
const NOT_DENIED: readonly PermissionName[] = ["read", "write", "net", "sys"];
/** What Node denies or allows as a whole. */
const WHOLE: readonly PermissionName[] = ["run", "ffi"];

/** Throws an `UnsupportedError` for what Node does not enforce in full. */
export function enforceNodePermissions(permissions: ThreadPermissions): void {
  const open = NOT_DENIED.filter((name) => !isWhole(permissions, name));
  if (open.length > 0) {
    throw new UnsupportedError(
      `${WHAT}: Node cannot enforce permissions in full where they narrow ${
        open.join(", ")
      }; allow these ({ ${open.map((name) => `${name}: true`).join(", ")} }), or use Deno`,
    );
  }
  const narrowed = WHOLE.find((name) =>
    permissions[name] !== undefined && !isWhole(permissions, name)
  );
  if (narrowed !== undefined) {
    throw new UnsupportedError(
      `${WHAT}: Node can allow or deny permissions.${narrowed} as a whole alone; use true or false, or Deno`,
    );
  }
  if (modelFlag() === undefined || isTypeScript()) {
    throw new UnsupportedError(
      `${WHAT}: Node enforces permissions in the built package alone, since version 20; install that, or use Deno`,
    );
  }
  if (permissions.ffi !== undefined && !knows("--allow-addons")) {
    throw new UnsupportedError(
      `${WHAT}: this version of Node cannot allow permissions.ffi; leave it out`,
    );
  }
}

/** The flags of a thread that has these permissions. */
export function permissionFlags(permissions: "inherit" | ThreadPermissions): string[] {
  const model = modelFlag();
  if (permissions === "inherit" || model === undefined) return [];
  const flags = [
    model,
    "--disable-warning=ExperimentalWarning",
    "--disable-warning=SecurityWarning",
    "--allow-fs-read=*",
    "--allow-fs-write=*",
  ];
  if (permissions.run !== undefined) flags.push("--allow-child-process");
  if (permissions.ffi !== undefined) flags.push("--allow-addons");
  // Newer versions of Node deny the network too.
  if (knows("--allow-net")) flags.push("--allow-net");
  return flags;
}

function isWhole(permissions: ThreadPermissions, name: PermissionName): boolean {
  return permissions[name] === true || permissions[name] === "inherit";
}

function modelFlag(): string | undefined {
  return ["--permission", "--experimental-permission"].find(knows);
}

function knows(flag: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(flag);
}
