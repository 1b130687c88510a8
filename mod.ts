/**
 * Python's sub-interpreters for Deno, Bun and Node: isolated interpreters that
 * run source text on threads of their own, and channels that carry data between
 * them.
 *
 * @example Run source on a thread of its own
 * ```ts
 * import { create } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * await interpreter.run("let n: number = 20;");
 * assert.equal(await interpreter.evaluate("n * 2 + 2"), 42);
 * ```
 *
 * @module
 */

import "./src/host/install.ts";

export {
  configure,
  create,
  createChannel,
  createSync,
  getCurrent,
  getMain,
  isShareable,
  listAll,
  listAllChannels,
} from "./src/api/functions.ts";
export type {
  CreateOptions,
  HostFunction,
  HostFunctionThis,
  Limits,
  OutputOption,
} from "./src/api/create_options.ts";
export { host, type HostFunctions } from "./src/api/host.ts";
export type { PermissionSet, PermissionValue } from "./src/api/permissions.ts";
export { Interpreter, type InterpreterActor } from "./src/api/interpreter.ts";
export type {
  ChannelOptions,
  CloseOptions,
  ConfigureOptions,
  SyncWaitOptions,
  WaitOptions,
} from "./src/api/options.ts";
export { RecvChannel } from "./src/api/recv_channel.ts";
export type { RunOptions, RunSyncOptions } from "./src/api/run_options.ts";
export { SendChannel } from "./src/api/send_channel.ts";
export type { UnboundItems } from "./src/channel/channel.ts";
export { UNBOUND } from "./src/channel/unbound.ts";
export {
  ChannelClosedError,
  ChannelEmptyError,
  ChannelError,
  ChannelNotEmptyError,
  ChannelNotFoundError,
  type Excinfo,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  ItemInterpreterDestroyed,
  NotReceivedError,
  NotShareableError,
  RunFailedError,
  RuntimeError,
  UnsupportedError,
} from "./src/errors.ts";
