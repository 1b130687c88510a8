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
  type RunError,
} from "./interpreters.ts";
