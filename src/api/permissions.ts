// The check of permissions, and whether one set allows no more than another. What a runtime
// can enforce of a set is the business of its adapter.

import type { PermissionName, ThreadPermissions } from "../protocol/options.ts";
import { absolutePath, isAbsolutePath } from "../runtime/program.ts";
import { isRecord, show } from "./checks.ts";
import type { PermissionSet } from "./permission_set.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, Set, String, TypeError, URL } = globalThis;

const NAMES: readonly PermissionName[] = [
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
  "import",
];

const KNOWN: readonly string[] = NAMES;

/** The permissions whose lists are paths. In a checked set these are absolute. */
const PATHS: readonly string[] = ["read", "write", "ffi"] satisfies (keyof PermissionSet)[];

/** The permissions, checked: `"inherit"`, or a set without what it denies. */
export function checkPermissions(
  what: string,
  permissions: unknown = "inherit",
): "inherit" | ThreadPermissions {
  if (permissions === "inherit") return permissions;
  if (permissions === "none") return {};
  if (!isRecord(permissions)) {
    throw new TypeError(
      `${what}: permissions must be "inherit", "none" or an object, received ${show(permissions)}`,
    );
  }
  for (const name of Object.keys(permissions)) {
    if (!KNOWN.includes(name)) {
      throw new TypeError(
        `${what}: there is no permission ${show(name)}; known are ${NAMES.join(", ")}`,
      );
    }
  }
  const checked: Record<string, true | "inherit" | readonly string[]> = {};
  // Everything is in one order, so that sets that allow the same are the same text.
  for (const name of NAMES) {
    const allowed = checkValue(`${what}: permissions.${name}`, permissions[name]);
    if (allowed === undefined) continue;
    checked[name] = typeof allowed === "object"
      ? [...new Set(allowed.map((one) => absoluteIn(what, name, one)))].toSorted()
      : allowed;
  }
  return checked;
}

function checkValue(
  what: string,
  value: unknown,
): true | "inherit" | readonly string[] | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true || value === "inherit") return value;
  // The copy makes gaps undefined, which `every` would pass over.
  const list: unknown[] | undefined = Array.isArray(value) ? [...value] : undefined;
  if (list?.every((item) => typeof item === "string" || item instanceof URL)) {
    return list.length === 0 ? undefined : list.map(String);
  }
  throw new TypeError(
    `${what} must be a boolean, "inherit" or an array of strings and URLs, received ${show(value)}`,
  );
}

/** Paths, those of programs too, start at the working directory of this moment. */
function absoluteIn(what: string, name: string, given: string): string {
  // As a path that would be the whole working directory.
  if (given === "") {
    throw new TypeError(`${what}: permissions.${name} must not name ""; leave it out`);
  }
  const isPath = PATHS.includes(name) || (name === "run" && /[/\\]/.test(given));
  if (!isPath) return given;
  try {
    if (/^[a-z][a-z\d+.-]+:\/\//i.test(given) && !given.startsWith("file:")) {
      throw new TypeError("it is of another scheme");
    }
    return absolutePath(given);
  } catch (cause) {
    throw new TypeError(
      `${what}: permissions.${name} must name paths or file: URLs, received ${show(given)}`,
      { cause },
    );
  }
}

/**
 * Whether the child's permissions allow nothing that the parent's do not. `"inherit"`, and
 * `true` of a kind, cover everything of it: no runtime grants more than the process has.
 */
export function isSubset(
  child: "inherit" | ThreadPermissions,
  parent: "inherit" | ThreadPermissions,
): boolean {
  if (parent === "inherit") return true;
  if (child === "inherit") return false;
  return NAMES.every((name) => {
    const wanted = child[name];
    const held = parent[name];
    if (wanted === undefined || held === true || held === "inherit") return true;
    if (held === undefined || typeof wanted !== "object") return false;
    const covers = COVERS[name] ?? isSame;
    return wanted.every((one) => held.some((other) => covers(other, one)));
  });
}

/** How a name stands for more than itself, where it does. */
const COVERS: Partial<Record<keyof PermissionSet, (held: string, wanted: string) => boolean>> = {
  read: isWithin,
  write: isWithin,
  net: isPortOf,
  import: isPortOf,
  env: isVariableOf,
};

function isSame(held: string, wanted: string): boolean {
  return held === wanted;
}

/** A directory stands for all that is in it. A path that is not absolute stands for nothing. */
function isWithin(held: string, wanted: string): boolean {
  if (!isAbsolutePath(held) || !isAbsolutePath(wanted)) return false;
  return held === wanted || wanted.startsWith(held.endsWith("/") ? held : `${held}/`);
}

/** A name that ends in `*` stands for all that begin so. */
export function isVariableOf(held: string, wanted: string): boolean {
  if (held === wanted) return true;
  return held.endsWith("*") && wanted.startsWith(held.slice(0, -1));
}

/** A host without a port stands for all its ports. */
function isPortOf(held: string, wanted: string): boolean {
  return held === wanted || (!/:\d+$/.test(held) && wanted.replace(/:\d+$/, "") === held);
}
