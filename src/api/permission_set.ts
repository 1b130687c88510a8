// The vocabulary of permissions, which is Deno's. This file has types alone, as options.ts does.

/**
 * What one permission allows: nothing (`false`, or an empty list), everything of its kind
 * (`true`), what the process itself may (`"inherit"`), or the paths, hosts, variables or
 * programs of a list.
 */
export type PermissionValue = boolean | "inherit" | readonly (string | URL)[];

/**
 * A set of permissions in Deno's vocabulary. What is absent is denied.
 *
 * @see https://docs.deno.com/runtime/fundamentals/security/
 */
export interface PermissionSet {
  /** Reading the file system: paths or `file:` URLs; relative paths from the working directory. */
  readonly read?: PermissionValue;
  /** Writing to the file system, named as for `read`. */
  readonly write?: PermissionValue;
  /** The network: `"example.com"` with all its ports, or `"127.0.0.1:8080"`. */
  readonly net?: PermissionValue;
  /** Environment variables by name; `"AWS_*"` are all that begin so. */
  readonly env?: PermissionValue;
  /** Facts about the system, by Deno's names: `"hostname"` for example. */
  readonly sys?: PermissionValue;
  /** Starting programs, by name or by path; needs `isolated: false`. */
  readonly run?: PermissionValue;
  /** Loading native libraries; needs `isolated: false`. */
  readonly ffi?: PermissionValue;
  /** Hosts that modules may be imported from. */
  readonly import?: PermissionValue;
}
