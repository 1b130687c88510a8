// The types of door.js.

export * from "./api/exports.ts";
export { receivingEnd, sendingTo } from "./api/ends.ts";
export { gettingEnd, puttingTo } from "./api/queue_ends.ts";
export { innerTrace, tracing } from "./api/tracing.ts";
import type { Inspection } from "./api/inspection.ts";
/** What the host shows of itself; `undefined` inside an interpreter. */
export const inspection: Inspection | undefined;
