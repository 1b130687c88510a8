/**
 * The Effect-native API: scoped interpreters, channels, queues and pools, waits that can be
 * interrupted, errors with tags, streams and sinks, layers, traces and metrics.
 *
 * Each of `Interpreter`, `Channel`, `Queue` and `Executor` has the functions of one thing. The
 * functions that stand beside them by their own names are the same ones.
 *
 * @module
 */

/** Channels: made for a scope; items sent and received as effects, streams and queues. */
export * as Channel from "./channels.ts";
/** Pools of interpreters: made for a scope; tasks as effects, `map` as an effect and as a stream. */
export * as Executor from "./executors.ts";
/** Interpreters: made for a scope; source, functions and modules run in them as effects. */
export * as Interpreter from "./interpreters.ts";
/** Metrics of interpreters, runs and channels, for the program's exporters. */
export * as Metrics from "./metrics.ts";
/** Queues between interpreters: made for a scope; items put and got as effects and streams. */
export * as Queue from "./queues.ts";
/** The trace of a run, continued by programs in Effect inside an interpreter. */
export * as Tracing from "./tracing.ts";
export { dequeue, enqueue, recv, send, stream } from "./channels.ts";
export {
  CurrentInterpreter,
  type EffectCallOptions,
  type EffectCreateOptions,
  type EffectRunOptions,
  evaluate,
  layer,
  make,
  run,
} from "./interpreters.ts";
export type {
  CallError,
  ChannelCloseError,
  CloseError,
  ImportError,
  MakeError,
  PrepareError,
  RecvError,
  RunError,
  SendError,
  Tagged,
  TaggedRangeError,
} from "./failures.ts";
export type {
  GetError,
  GetNowaitError,
  PutError,
  PutNowaitError,
  QueueNotFound,
} from "./queue_failures.ts";
export type { TaskError } from "./task_failures.ts";
