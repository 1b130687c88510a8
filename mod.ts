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

export {
  asCompleted,
  BrokenInterpreterPoolError,
  CancelledError,
  ChannelClosedError,
  ChannelEmptyError,
  ChannelError,
  ChannelNotEmptyError,
  ChannelNotFoundError,
  configure,
  create,
  createChannel,
  createQueue,
  createSync,
  ExecutionFailedError,
  getCurrent,
  getMain,
  host,
  Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterPoolExecutor,
  InterpreterTerminatedError,
  isShareable,
  ItemInterpreterDestroyed,
  listAll,
  listAllChannels,
  listAllQueues,
  NotReceivedError,
  NotShareableError,
  Queue,
  QueueEmptyError,
  QueueError,
  QueueFullError,
  QueueNotFoundError,
  QueueShutDownError,
  RecvChannel,
  RunFailedError,
  RuntimeError,
  SendChannel,
  signal,
  Task,
  transfer,
  UNBOUND,
  UnsupportedError,
  ValidationError,
  wait,
} from "./src/door.js";
export type {
  CreateOptions,
  HostFunction,
  HostFunctionThis,
  Limits,
  OutputOption,
  ValidatedFunction,
} from "./src/api/create_options.ts";
export type { CallOptions } from "./src/api/calls.ts";
export type { FunctionCaller } from "./src/api/function_caller.ts";
export type { MainValues } from "./src/api/main_values.ts";
export type { InputOption } from "./src/api/stdin_option.ts";
export type { HostFunctions } from "./src/api/host_functions.ts";
export type { InterpreterActor } from "./src/api/interpreter_actor.ts";
export type {
  ChannelOptions,
  CloseOptions,
  ConfigureOptions,
  GetOptions,
  GetSyncOptions,
  PutNowaitOptions,
  PutOptions,
  PutSyncOptions,
  QueueHandleOptions,
  QueueOptions,
  RecvChannelOptions,
  SendOptions,
  SendSyncOptions,
  ShutdownOptions,
  SyncWaitOptions,
  TransferOptions,
  WaitOptions,
} from "./src/api/options.ts";
export type { StandardIssue, StandardResult, StandardSchemaV1 } from "./src/api/standard_schema.ts";
export type {
  Durations,
  FunctionTask,
  InterpreterPoolOptions,
  MapOptions,
  ModuleTask,
  Pooled,
  PooledFunction,
  PoolShutdownOptions,
  PoolStats,
  RecycleLimits,
  SourceTask,
  TaskOptions,
  WaitForTasksOptions,
} from "./src/api/pool/options.ts";
export type { DoneAndNotDone } from "./src/api/pool/wait.ts";
export type { PermissionSet, PermissionValue } from "./src/api/permission_set.ts";
export type { QueueState } from "./src/api/queue_state.ts";
export type {
  Remote,
  RemoteCallable,
  RemoteCallOptions,
  RemoteExport,
  RemoteFunction,
  RemoteFunctionOptions,
  RemoteGeneratorFunction,
} from "./src/api/remote_types.ts";
export type { RunOptions, RunSyncOptions } from "./src/api/run_options.ts";
export type { UnboundItems } from "./src/channel/channel.ts";
export type {
  ChannelCloseMessage,
  ChannelCreateMessage,
  ChannelMessage,
  CreateMessage,
  EndMessage,
  RunDetails,
  RunEndMessage,
  RunMessage,
  RunOutcome,
  RunStartMessage,
} from "./src/host/diagnostics.ts";
export type { Whence } from "./src/protocol/options.ts";
export type { ValidationIssue } from "./src/validation_error.ts";
export type { Excinfo } from "./src/errors.ts";
