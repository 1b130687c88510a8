/**
 * What `import "subinterpreters"` gives inside an interpreter: the same names as
 * in the program, on this side's realm.
 *
 * @module
 */

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
} from "../api/functions.ts";
export type {
  CreateOptions,
  HostFunction,
  HostFunctionThis,
  Limits,
  OutputOption,
} from "../api/create_options.ts";
export { host, type HostFunctions } from "../api/host.ts";
export type { PermissionSet, PermissionValue } from "../api/permissions.ts";
export { Interpreter, type InterpreterActor } from "../api/interpreter.ts";
export type {
  ChannelOptions,
  CloseOptions,
  ConfigureOptions,
  SyncWaitOptions,
  WaitOptions,
} from "../api/options.ts";
export { RecvChannel } from "../api/recv_channel.ts";
export type { RunOptions, RunSyncOptions } from "../api/run_options.ts";
export { SendChannel } from "../api/send_channel.ts";
export type { UnboundItems } from "../channel/channel.ts";
export { UNBOUND } from "../channel/unbound.ts";
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
} from "../errors.ts";
