/**
 * The state machines of interpreters, and actor logic for machines of your own.
 *
 * @module
 */

import "../src/host/install.ts";

export type { Excinfo } from "../src/errors.ts";
export type {
  EndCause,
  InterpreterActorRef,
  InterpreterContext,
  InterpreterEmitted,
  InterpreterEvent,
  InterpreterInput,
  InterpreterOutput,
  SupervisorContext,
  SupervisorEvent,
} from "./events.ts";
export { type InterpreterMachine, interpreterMachine } from "./interpreter.ts";
export type { Backoff, GrowingBackoff } from "./supervision/backoff.ts";
export type { InterpreterEnd } from "./supervision/interpreter_end.ts";
export { type Link, link } from "./supervision/link.ts";
export { monitor, type MonitorOptions } from "./supervision/monitor.ts";
export {
  type PoolActorRef,
  type PoolContext,
  type PoolEvent,
  type PoolInput,
  type PoolMachine,
  poolMachine,
} from "./pool.ts";
export {
  type PoolWorkerActorRef,
  type PoolWorkerEvent,
  type PoolWorkerInput,
  type PoolWorkerMachine,
  poolWorkerMachine,
} from "./pool_worker.ts";
export { supervise } from "./supervision/supervise.ts";
export type {
  SupervisionActorRef,
  SupervisionContext,
  SupervisionEmitted,
  SupervisionEvent,
  SupervisionMachine,
  SupervisionOutput,
} from "./supervision/events.ts";
export type {
  ChildOptions,
  InterpreterChild,
  LogicChild,
  Restart,
  Strategy,
  SuperviseOptions,
} from "./supervision/options.ts";
export type {
  ChildEnd,
  Goal,
  Phase,
  Restarting,
  SupervisedChild,
  Tree,
} from "./supervision/tree.ts";
export { type SupervisorMachine, supervisorMachine } from "./supervisor.ts";
export type {
  Asking,
  CallRequest,
  ModuleCallRequest,
  RequestId,
  RunRequest,
  WorkRequest,
} from "./logic/calls.ts";
export { type ChannelLogicOptions, fromChannel, type ItemEvent } from "./logic/from_channel.ts";
export {
  fromInterpreter,
  type InterpreterLogic,
  type InterpreterLogicSnapshot,
} from "./logic/from_interpreter.ts";
export {
  fromModule,
  type ModuleInput,
  type ModuleOptions,
  type ModuleOutput,
} from "./logic/from_module.ts";
export { fromSource, type SourceOptions } from "./logic/from_source.ts";
export type { Place } from "./logic/lifetime.ts";
export type {
  InterpreterLogicAnswer,
  InterpreterLogicContext,
  InterpreterLogicEmitted,
  InterpreterLogicEvent,
  InterpreterLogicOptions,
  InterpreterLogicOutput,
  InterpreterLogicReport,
  InterpreterLogicRequest,
} from "./logic/interpreter_types.ts";
export type { InterpreterLogicState } from "./logic/interpreter_machine.ts";
export {
  type EvaluateEvent,
  type InterpreterActorEvent,
  interpreterLogic,
  type RunInput,
  runLogic,
} from "./logic/runs.ts";
