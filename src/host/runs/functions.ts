// Scripts of functions that are called without a run: through a lane (api/lane.ts).

import { DEFAULT_COMPILE_MS } from "../../api/check_create_options.ts";
import type { LoadedScript } from "../../protocol/frames.ts";
import { NotCallable } from "../../source/functions.ts";
import { keep, type Prepared, prepareQuickly } from "../../source/prepared.ts";
import type { RewriteOptions } from "../../source/rewrite.ts";
import type { Access } from "../access.ts";
import type { Interpreters } from "../life/interpreters.ts";
import type { Done } from "../outcome.ts";
import type { Compiler } from "./compiler.ts";
import { compileError, notCallable } from "./results.ts";

/** A function that is to be called. */
export interface FunctionRequest {
  /** The interpreter that calls it. */
  readonly id: number;
  readonly source: string;
  readonly filename: string;
  /** The interpreter that asks for it. */
  readonly caller: number;
}

/** What this needs of the rest of the host. */
export interface FunctionHost {
  readonly interpreters: Pick<Interpreters, "get">;
  readonly compiler: Pick<Compiler, "compile">;
  readonly access: Pick<Access, "rootOf">;
}

/**
 * The script of a function; `undefined` if it may take long to make.
 *
 * @throws {TypeError} It is no function that can be called elsewhere.
 */
export function prepareFunctionQuickly(
  host: FunctionHost,
  request: FunctionRequest,
): LoadedScript | undefined {
  const { id, source } = request;
  try {
    const prepared = prepareQuickly(source, rewritingOf(host, request));
    return prepared === undefined ? undefined : toLoad(prepared, request);
  } catch (error) {
    throw error instanceof NotCallable ? notCallable(id, error) : error;
  }
}

/** Makes the script of a function, if need be on the thread that compiles. */
export function prepareFunction(
  host: FunctionHost,
  request: FunctionRequest,
  done: Done<LoadedScript>,
): void {
  const quick = prepareFunctionQuickly(host, request);
  if (quick !== undefined) {
    done({ ok: true, value: quick });
    return;
  }
  const { id, source, caller } = request;
  const { limits: { compileMs: limitMs = DEFAULT_COMPILE_MS } } = host.interpreters.get(id).options;
  const options = rewritingOf(host, request);
  const tenant = host.access.rootOf(caller) ?? caller;
  host.compiler.compile({ source, options, limitMs, tenant }, (compiled) => {
    done(
      compiled.ok
        ? { ok: true, value: toLoad(keep(source, options, compiled.value), request) }
        : { ok: false, error: compileError(id, compiled.error) },
    );
  });
}

function rewritingOf(host: FunctionHost, { id, filename }: FunctionRequest): RewriteOptions {
  const { language } = host.interpreters.get(id).options;
  return { language, wantsValue: true, isFunction: true, filename };
}

function toLoad({ script }: Prepared, { filename }: FunctionRequest): LoadedScript {
  return { script, filename, wantsValue: true };
}
