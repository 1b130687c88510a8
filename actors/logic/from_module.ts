// What a module exports as actor logic: one call, whose output is the result.

import { fromPromise, type NonReducibleUnknown, type PromiseActorLogic } from "xstate";
import type { RemoteFunctionOptions } from "../../src/api/remote_types.ts";
import { callExport } from "./calls.ts";
import { type Place, work } from "./lifetime.ts";
import { heard } from "./unheard.ts";

/** Options of `fromModule`: where to call, and what may end the call. */
export interface ModuleOptions<Input> extends Omit<RemoteFunctionOptions, "signal">, Place<Input> {}

/**
 * What an actor of `fromModule` is started with: a list of arguments, or the only argument.
 *
 * @typeParam Export The type of the export.
 */
export type ModuleInput<Export> = unknown extends Export ? NonReducibleUnknown
  : Export extends (...args: infer Args) => unknown ?
      | Readonly<Args>
      | (Args extends readonly [] ? never
        : Args extends readonly [only?: infer Only]
          ? (Only extends readonly unknown[] ? never : Only)
        : never)
      | ([] extends Args ? undefined : never)
  : undefined;

/**
 * What an actor of `fromModule` is done with.
 *
 * @typeParam Export The type of the export.
 */
export type ModuleOutput<Export> = Export extends (...args: never[]) => infer Result
  ? Awaited<Result>
  : Awaited<Export>;

/**
 * Makes actor logic of a function that a module exports: its actor calls the function once. It is
 * done with a copy of the result, and fails with the errors of `Interpreter.import` and of the call.
 *
 * An input that is an array is the list of arguments; any other is the only argument, and without
 * input there is none. So a function of one array takes `[array]`. An export that is no function
 * is the output itself. A generator is a `TypeError`. Each actor has an interpreter of its own,
 * which ends with the call, unless `options.interpreter` names one. Stopping the actor ends its
 * interpreter; in one of yours the call is abandoned, or what `onAbort` says. A persisted actor
 * that had not ended calls again. An error that nobody hears is reported on standard error.
 *
 * @typeParam Export The type of the export: `typeof import("./work.ts").resize`.
 * @param module Where the module is: a URL, or a specifier as for `Interpreter.import`.
 * @param name The name of the export; `"default"` if it is not given.
 * @param options Where to call, and the options of `RemoteFunction.withOptions`.
 * @returns Logic to invoke, to spawn, or for `createActor`.
 * @see XState `fromPromise`.
 *
 * @example Invoke a function of a module
 * ```ts
 * import { fromModule } from "subinterpreters/actors";
 * import { createActor, toPromise } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const text = "export const add = (a, b) => a + b; export const version = '1.0'";
 * const url = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
 * // Of a file: fromModule<typeof import("./sums.ts").add>(new URL("./sums.ts", import.meta.url), "add")
 * const add = fromModule<(a: number, b: number) => number>(url, "add");
 * assert.equal(await toPromise(createActor(add, { input: [1, 2] }).start()), 3);
 * const version = fromModule<string>(url, "version");
 * assert.equal(await toPromise(createActor(version).start()), "1.0");
 * ```
 */
export function fromModule<Export = unknown>(
  module: string | URL,
  name: string = "default",
  options: ModuleOptions<ModuleInput<Export>> = {},
): PromiseActorLogic<ModuleOutput<Export>, ModuleInput<Export>> {
  const { interpreter: _interpreter, create: _create, ...limits } = options;
  return heard(
    "an actor of fromModule()",
    fromPromise<ModuleOutput<Export>, ModuleInput<Export>>(async ({ input, signal }) => {
      const args: readonly unknown[] = argumentsOf(input);
      const result: unknown = await work(options, {
        input,
        signal,
        use: (at) => callExport(at, { ...limits, module, export: name, args, signal }),
      });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Export is what the caller knows.
      return result as ModuleOutput<Export>;
    }),
  );
}

function argumentsOf(input: unknown): readonly unknown[] {
  if (input === undefined) return [];
  return Array.isArray(input) ? input : [input];
}
