/**
 * Everything that the module has for its users, as this copy of it has it. Inside an
 * interpreter it is what `import "subinterpreters"` gives.
 *
 * @module
 */

export { createChannel, isShareable, listAllChannels } from "./channels.ts";
export { configure, create, createSync } from "./create.ts";
export type {
  CreateOptions,
  HostFunction,
  HostFunctionThis,
  Limits,
  OutputOption,
  ValidatedFunction,
} from "./create_options.ts";
export { host, type HostFunctions } from "./host_functions.ts";
export { Interpreter } from "./interpreter.ts";
export type { InterpreterActor } from "./interpreter_actor.ts";
export { getCurrent, getMain, listAll } from "./interpreters.ts";
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
} from "./options.ts";
export type { PermissionSet, PermissionValue } from "./permission_set.ts";
export { Queue } from "./queue.ts";
export type { QueueState } from "./queue_state.ts";
export { createQueue, listAllQueues } from "./queues.ts";
export { RecvChannel } from "./recv_channel.ts";
export type { RunOptions, RunSyncOptions } from "./run_options.ts";
export { SendChannel } from "./send_channel.ts";
export type { MainValues } from "./main_values.ts";
export type { Whence } from "../protocol/options.ts";
export { signal } from "./signal.ts";
export type { InputOption } from "./stdin_option.ts";
export type { StandardIssue, StandardResult, StandardSchemaV1 } from "./standard_schema.ts";
export { InterpreterPoolExecutor } from "./pool/executor.ts";
export { asCompleted, type DoneAndNotDone, wait } from "./pool/wait.ts";
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
} from "./pool/options.ts";
export { Task } from "./task.ts";
export { transfer } from "./transfer.ts";
export type { CallOptions } from "./calls.ts";
export type {
  Remote,
  RemoteCallable,
  RemoteCallOptions,
  RemoteExport,
  RemoteFunction,
  RemoteFunctionOptions,
  RemoteGeneratorFunction,
} from "./remote_types.ts";
export type { FunctionCaller } from "./function_caller.ts";
export type { UnboundItems } from "../channel/channel.ts";
export { UNBOUND } from "../channel/unbound.ts";
export {
  BrokenInterpreterPoolError,
  CancelledError,
  ChannelClosedError,
  ChannelEmptyError,
  ChannelError,
  ChannelNotEmptyError,
  ChannelNotFoundError,
  type Excinfo,
  ExecutionFailedError,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  ItemInterpreterDestroyed,
  NotReceivedError,
  NotShareableError,
  RunFailedError,
  RuntimeError,
  UnsupportedError,
} from "../errors.ts";
export {
  QueueEmptyError,
  QueueError,
  QueueFullError,
  QueueNotFoundError,
  QueueShutDownError,
} from "../queue_errors.ts";
export { ValidationError, type ValidationIssue } from "../validation_error.ts";
