// Large values on their way to the host. Deno 2.9 lists every index of bytes that arrive on a
// port of the main thread: 180 ms of its event loop for each MB, and from 128 MiB on an error
// (measured). A view is not looked into.

import type { Packed } from "../protocol/frames.ts";
import type { PassedRunOptions } from "../protocol/options.ts";
import { globals } from "../runtime/globals.ts";

// Taken now: source may declare names of its own that hide these.
const { DataView } = globalThis;

const LARGE_BYTES = 4096;

/** A value as it is sent to the host, which makes bytes of the view again (protocol/check.ts). */
export function forHost(packed: Packed): Packed {
  const { bytes } = packed;
  if (globals.Deno === undefined || bytes.byteLength < LARGE_BYTES) return packed;
  const view: unknown = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The host makes bytes of it again.
  return { ...packed, bytes: view as Uint8Array };
}

/** The options of a run as they are sent to the host. */
export function optionsForHost<T extends Pick<PassedRunOptions, "values" | "args">>(
  options: T,
): T {
  const { values, args } = options;
  if (values === null && args === null) return options;
  return {
    ...options,
    values: values === null ? null : { ...values, packed: forHost(values.packed) },
    args: args === null ? null : forHost(args),
  };
}
