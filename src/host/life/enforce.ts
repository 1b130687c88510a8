// Refuses what `create` was asked to enforce and this runtime cannot, by name and with a remedy,
// before a thread is started.

import { UnsupportedError } from "../../errors.ts";
import type { CheckedCreateOptions } from "../../protocol/options.ts";
import { adapter } from "../../runtime/detect.ts";

/**
 * Refuses what this runtime cannot enforce.
 *
 * @throws {UnsupportedError} It has no such limit, or cannot hold threads to permissions.
 * @throws Whatever else `Adapter.enforce` throws.
 */
export function refuseUnenforceable({ limits, permissions }: CheckedCreateOptions): void {
  const { runtime, capabilities } = adapter;
  if (limits.memoryMiB !== undefined && !capabilities.memoryLimit) {
    throw new UnsupportedError(
      `Cannot create an interpreter: ${runtime} cannot enforce limits.memoryMiB; leave it out, or use Deno or Node`,
    );
  }
  if (limits.stackMiB !== undefined && !capabilities.stackLimit) {
    throw new UnsupportedError(
      `Cannot create an interpreter: ${runtime} cannot enforce limits.stackMiB; leave it out, or use Node`,
    );
  }
  if (permissions !== "inherit") adapter.enforce(permissions);
}
