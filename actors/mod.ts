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
export type { Backoff, GrowingBackoff } from "./backoff.ts";
export type { InterpreterEnd } from "./interpreter_end.ts";
export { type Link, link } from "./link.ts";
export { monitor, type MonitorOptions } from "./monitor.ts";
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
export { supervise } from "./supervise.ts";
export type {
  SupervisionActorRef,
  SupervisionContext,
  SupervisionEmitted,
  SupervisionEvent,
  SupervisionMachine,
  SupervisionOutput,
} from "./supervise_events.ts";
export type {
  ChildOptions,
  InterpreterChild,
  LogicChild,
  Restart,
  Strategy,
  SuperviseOptions,
} from "./supervise_options.ts";
export type { ChildEnd, Goal, Phase, Restarting, SupervisedChild, Tree } from "./supervise_tree.ts";
export { type SupervisorMachine, supervisorMachine } from "./supervisor.ts";
export type {
  Asking,
  CallRequest,
  ModuleCallRequest,
  RequestId,
  RunRequest,
  WorkRequest,
} from "./calls.ts";
export { type ChannelLogicOptions, fromChannel, type ItemEvent } from "./from_channel.ts";
export { fromInterpreter, type OwnedLogic, type OwnedSnapshot } from "./from_interpreter.ts";
export {
  fromModule,
  type ModuleInput,
  type ModuleOptions,
  type ModuleOutput,
} from "./from_module.ts";
export { fromSource, type SourceOptions } from "./from_source.ts";
export type { Place } from "./lifetime.ts";
export type {
  OwnedAnswer,
  OwnedContext,
  OwnedEmitted,
  OwnedEvent,
  OwnedOptions,
  OwnedOutput,
  OwnedReport,
  OwnedRequest,
} from "./owned.ts";
export type { OwnedState } from "./owned_machine.ts";
export {
  type EvaluateEvent,
  type InterpreterActorEvent,
  interpreterLogic,
  type RunInput,
  runLogic,
} from "./runs.ts";
