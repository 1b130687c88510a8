// What an actor's interpreter is asked to do: a run, or the call of a function, of a function's
// text, or of what a module exports.

import type { AnyActorRef } from "xstate";
import { show } from "../../src/api/checks.ts";
import type { CallOptions } from "../../src/api/calls.ts";
import type { Interpreter } from "../../src/api/interpreter.ts";
import type { RemoteFunction, RemoteFunctionOptions } from "../../src/api/remote_types.ts";
import type { RunOptions } from "../../src/api/run_options.ts";

/** What tells the answer of one request from those of others. */
export type RequestId = string | number;

/** What every request has. */
export interface Asking {
  /** The answer has it, too. */
  readonly id: RequestId;
  /** Who gets the answer. Absent: the parent of the actor. */
  readonly replyTo?: AnyActorRef;
}

/** Asks for a run. */
export interface RunRequest extends RunOptions, Asking {
  /** Tells what is asked for. */
  readonly type: "RUN";
  /** TypeScript or JavaScript; the answer has a copy of the value of its last expression. */
  readonly source: string;
}

/** Asks for the call of a function. */
export interface CallRequest extends Omit<CallOptions<readonly unknown[], unknown>, "fn">, Asking {
  /** Tells what is asked for. */
  readonly type: "CALL";
  /**
   * What to call. Of a function the text is sent, as `Interpreter.call` does it. A string is
   * JavaScript: the text of a function, or the name of one that an earlier run has declared.
   */
  readonly fn: ((...args: never[]) => unknown) | string;
}

/** Asks for the call of what a module exports. */
export interface ModuleCallRequest extends RemoteFunctionOptions, Asking {
  /** Tells what is asked for. */
  readonly type: "CALL";
  /** Where the module is, as for `Interpreter.import`. It is loaded once. */
  readonly module: string | URL;
  /**
   * The name of the export. If it is no function the answer has a copy of it.
   * @default "default"
   */
  readonly export?: string;
  /**
   * What to call it with, copied.
   * @default []
   */
  readonly args?: readonly unknown[];
}

/** All that an actor's interpreter can be asked to do. */
export type WorkRequest = RunRequest | CallRequest | ModuleCallRequest;

/** Does what is asked for; resolves to the value, and rejects as the interpreter's methods do. */
export async function perform(interpreter: Interpreter, request: WorkRequest): Promise<unknown> {
  const to: unknown = request.replyTo;
  if (to !== undefined && !isActor(to)) {
    throw new TypeError(
      `Cannot answer request ${show(request.id)}: replyTo must be an actor, received ${show(to)}`,
    );
  }
  if (request.type === "RUN") {
    const { type: _type, id: _id, replyTo: _replyTo, source, ...options } = request;
    return await interpreter.evaluate(source, options);
  }
  const { type: _type, id: _id, replyTo: _replyTo, args = [], ...call } = request;
  if ("module" in call) return await callExport(interpreter, { ...call, args });
  const { fn, ...options } = call;
  if (typeof fn === "string") {
    return await interpreter.call({ ...options, fn: callText, args: [fn, args] });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Whether the arguments fit shows where it is called.
  const called = fn as (...all: readonly unknown[]) => unknown;
  return await interpreter.call<readonly unknown[], unknown>({ ...options, fn: called, args });
}

/** Whether an answer can be sent to it. */
export function isActor(value: unknown): value is AnyActorRef {
  return typeof value === "object" && value !== null && "sessionId" in value && "send" in value;
}

/** Runs inside the interpreter, where an indirect eval sees what earlier runs have declared. */
function callText(text: string, args: readonly unknown[]): unknown {
  // oxlint-disable-next-line no-eval -- To run a text that is given is what an interpreter is for.
  return (0, eval)(`(${text}\n)`)(...args);
}

/** The call of what a module exports. */
export interface ExportCall extends RemoteFunctionOptions {
  readonly module: string | URL;
  readonly export?: string;
  readonly args: readonly unknown[];
}

type Exports = Readonly<Record<string, unknown>>;

/** The modules that each interpreter has been asked for: to ask again would load nothing. */
const imported = new WeakMap<Interpreter, Map<string, Exports>>();

/** Calls what a module exports; a value that is no function is the result itself. */
export async function callExport(
  interpreter: Interpreter,
  { module, export: name = "default", args, ...options }: ExportCall,
): Promise<unknown> {
  const exports = await importOnce(interpreter, module, options);
  if (!Object.hasOwn(exports, name)) {
    throw new TypeError(
      `Cannot call ${
        JSON.stringify(name)
      } in interpreter ${interpreter.id}: ${module} has no such export`,
    );
  }
  const found = exports[name];
  if (!isRemoteFunction(found)) return await found;
  const result: unknown = found.withOptions(options)(...args);
  if (typeof result === "object" && result !== null && Symbol.asyncIterator in result) {
    throw new TypeError(
      `Cannot call ${
        JSON.stringify(name)
      } in interpreter ${interpreter.id}: it is a generator, which has no one result; use Interpreter.import()`,
    );
  }
  return await result;
}

async function importOnce(
  interpreter: Interpreter,
  module: string | URL,
  { transfer: _transfer, ...limits }: RemoteFunctionOptions,
): Promise<Exports> {
  const known = imported.get(interpreter) ?? new Map<string, Exports>();
  imported.set(interpreter, known);
  const exports = known.get(String(module)) ??
    await interpreter.import<Exports>(module, limits);
  known.set(String(module), exports);
  return exports;
}

function isRemoteFunction(value: unknown): value is RemoteFunction<readonly unknown[], unknown> {
  return typeof value === "function";
}
