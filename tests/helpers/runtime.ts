// Which runtime a test runs on. For tests alone: the library itself asks only in
// src/runtime/detect.ts, and this file must not import it.

/** A runtime that the suite runs on. */
export type Runtime = "deno" | "bun" | "node";

/** The runtime in use. */
export const runtime: Runtime = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";
