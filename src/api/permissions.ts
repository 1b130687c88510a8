// The vocabulary of permissions, which is Deno's, and its check. What a runtime can
// enforce of a set is the business of its adapter.

import { show } from "./options.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, String, TypeError, URL } = globalThis;

/**
 * What one permission allows: nothing (`false`), everything of its kind (`true`), what the
 * process itself may (`"inherit"`), or the named paths, hosts, variables, programs.
 */
export type PermissionValue = boolean | "inherit" | readonly (string | URL)[];

/**
 * A set of permissions in Deno's vocabulary. What is absent is denied.
 *
 * @see https://docs.deno.com/runtime/fundamentals/security/
 */
export interface PermissionSet {
  /** Reading the file system: paths, relative ones from the working directory. */
  readonly read?: PermissionValue;
  /** Writing to the file system. */
  readonly write?: PermissionValue;
  /** The network: `"example.com"`, `"127.0.0.1:8080"`. */
  readonly net?: PermissionValue;
  /** Environment variables by name. */
  readonly env?: PermissionValue;
  /** Facts about the system, `"hostname"` for example. */
  readonly sys?: PermissionValue;
  /** Starting programs; needs `isolated: false`. */
  readonly run?: PermissionValue;
  /** Loading native libraries; needs `isolated: false`. */
  readonly ffi?: PermissionValue;
  /** Hosts that modules may be imported from. */
  readonly import?: PermissionValue;
}

/** A set once it is checked: plain data, without what is denied; `true` is everything of its kind. */
export type CheckedPermissions = {
  readonly [Name in keyof PermissionSet]?: true | "inherit" | readonly string[];
};

const NAMES = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] satisfies (
  keyof PermissionSet
)[];

/** The permissions, checked: `"inherit"`, or a set without what it denies. */
export function checkPermissions(
  what: string,
  permissions: unknown = "inherit",
): "inherit" | CheckedPermissions {
  if (permissions === "inherit") return permissions;
  if (permissions === "none") return {};
  if (typeof permissions !== "object" || permissions === null || Array.isArray(permissions)) {
    throw new TypeError(
      `${what}: permissions must be "inherit", "none" or an object, received ${show(permissions)}`,
    );
  }
  const checked: Record<string, true | "inherit" | readonly string[]> = {};
  for (const [name, value] of Object.entries(permissions) as [string, unknown][]) {
    if (!(NAMES as readonly string[]).includes(name)) {
      throw new TypeError(
        `${what}: there is no permission ${show(name)}; known are ${NAMES.join(", ")}`,
      );
    }
    const allowed = checkValue(`${what}: permissions.${name}`, value);
    if (allowed !== undefined) checked[name] = allowed;
  }
  return checked;
}

function checkValue(
  what: string,
  value: unknown,
): true | "inherit" | readonly string[] | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true || value === "inherit") return value;
  if (
    Array.isArray(value) && value.every((item) => typeof item === "string" || item instanceof URL)
  ) {
    return value.length === 0 ? undefined : value.map(String);
  }
  throw new TypeError(
    `${what} must be a boolean, "inherit" or an array of strings, received ${show(value)}`,
  );
}
