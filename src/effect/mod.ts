/**
 * The Effect-native API: scoped interpreters, sending and receiving as effects
 * with typed errors, queues, streams and a layer.
 *
 * @module
 */

export { dequeue, enqueue, recv, send, stream } from "./channels.ts";
export {
  CurrentInterpreter,
  type EffectRunOptions,
  evaluate,
  layer,
  make,
  run,
} from "./interpreters.ts";
export type { MakeError, RecvError, RunError, SendError, Tagged } from "./failures.ts";
