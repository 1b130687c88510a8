// The types of door.js.

export * from "./api/exports.ts";
export { giveBack } from "./api/recv_channel.ts";
