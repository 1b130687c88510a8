// The types of door.js.

export * from "./api/exports.ts";
export { receivingEnd, sendingTo } from "./api/ends.ts";
