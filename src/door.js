// @ts-self-types="./door.d.ts"
// What the module's doors hand out: this copy's own, or what the first copy in this realm
// does (src/api/first_copy.ts). In JavaScript, because TypeScript has no way to give a class
// another value and keep it a class in the documentation; door.d.ts has the types.

import "./host/install.ts";
import { shared } from "./api/first_copy.ts";

const { door, receivingEnd, sendingTo, gettingEnd, puttingTo, watchSignal, inspection, ...rest } =
  shared();
let { signal } = door;
watchSignal((fresh) => {
  signal = fresh;
});

export { gettingEnd, inspection, puttingTo, receivingEnd, sendingTo, signal };
export const { innerTrace, tracing } = rest;
export const {
  BrokenInterpreterPoolError,
  CancelledError,
  ChannelClosedError,
  ChannelEmptyError,
  ChannelError,
  ChannelNotEmptyError,
  ChannelNotFoundError,
  ExecutionFailedError,
  Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterPoolExecutor,
  InterpreterTerminatedError,
  ItemInterpreterDestroyed,
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
  Task,
  UNBOUND,
  UnsupportedError,
  ValidationError,
  asCompleted,
  configure,
  create,
  createChannel,
  createQueue,
  createSync,
  getCurrent,
  getMain,
  host,
  isShareable,
  listAll,
  listAllChannels,
  listAllQueues,
  transfer,
  wait,
} = door;
