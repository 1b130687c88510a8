// How interpreters of tests come to be: options are checked as `create` checks them, and what
// only a thread can do is refused.

import { Console } from "node:console";
import { Writable } from "node:stream";
import { callFunction } from "../../api/call_function.ts";
import { keepOutput } from "../../api/captured_output.ts";
import { callbacksOf, checkCreateOptions, withDirectory } from "../../api/check_create_options.ts";
import { checkSignal } from "../../api/checks.ts";
import type { CreateOptions, CreatorCallbacks, OutputSink } from "../../api/create_options.ts";
import { shared } from "../../api/first_copy.ts";
import { UnsupportedError } from "../../door.js";
import { fromFailure } from "../../protocol/failure.ts";
import type { CheckedCreateOptions } from "../../protocol/options.ts";
import { process } from "../../runtime/builtins.ts";
import { globals } from "../../runtime/globals.ts";
import { environment, programDirectory } from "../../runtime/program.ts";
import { packed, unpacked } from "./copies.ts";
import { overlay, TestEvaluator } from "./evaluator.ts";
import { TestInterpreter } from "./interpreter.ts";

const WHAT = "Cannot create an interpreter";

/** Real ids are small. */
let nextId = 1_000_001;

/**
 * Creates an interpreter that runs source in this thread.
 *
 * @throws {UnsupportedError} An option asks for what only a thread can do.
 */
export async function createTest(options: CreateOptions = {}): Promise<TestInterpreter> {
  const checked = withDirectory(checkCreateOptions(options));
  checkSignal(WHAT, options.signal)?.throwIfAborted();
  refuse(options);
  const callbacks = callbacksOf(options);
  const id = nextId++;
  const { name = `interpreter ${id}`, isolated, language } = checked;
  const interpreter: TestInterpreter = new TestInterpreter({
    id,
    name,
    isolated,
    language,
    evaluator: new TestEvaluator(
      {
        baseUrl: checked.baseUrl ?? programDirectory(),
        door: doorOf(() => interpreter, callbacks),
      },
      globalsOf(checked, callbacks, () => interpreter),
    ),
    onEnd() {
      callbacks.stdout?.end();
      callbacks.stderr?.end();
    },
  });
  keepOutput(interpreter, callbacks);
  return interpreter;
}

function refuse({ limits = {}, permissions, stdin }: CreateOptions): void {
  const refused = Object.keys(limits).length > 0
    ? "limits"
    : permissions !== undefined && permissions !== "inherit"
    ? "permissions"
    : stdin !== undefined && stdin !== "none"
    ? "stdin"
    : undefined;
  if (refused === undefined) return;
  throw new UnsupportedError(
    `${WHAT}: an interpreter of layerTest has no thread of its own, which ${refused} would need; leave ${refused} out, or test with real interpreters`,
  );
}

/** What source imports as "subinterpreters". */
function doorOf(current: () => TestInterpreter, { functions }: CreatorCallbacks): object {
  const host = Object.create(null);
  for (const name of functions.keys()) {
    host[name] = async (...args: unknown[]) => {
      const call = {
        name,
        args: packed(args, `The arguments of host.${name}`),
        signal: current().signal,
        isBlocked: false,
      };
      const outcome = await new Promise<Parameters<Parameters<typeof callFunction>[2]>[0]>(
        (resolve) => callFunction(functions, call, resolve),
      );
      if (!outcome.ok) throw fromFailure(outcome.failure);
      return unpacked(`The result of host.${name}`, outcome.value);
    };
  }
  return overlay({
    host: Object.freeze(host),
    create: createTest,
    createSync() {
      throw new UnsupportedError(`${WHAT}: inside one of layerTest there is create() alone`);
    },
    getCurrent: current,
    get signal() {
      return current().signal;
    },
  }, shared()?.door ?? {});
}

/** Globals that differ from those of the program. */
function globalsOf(
  { env, stdout, stderr }: CheckedCreateOptions,
  callbacks: CreatorCallbacks,
  current: () => TestInterpreter,
): Record<string, unknown> {
  const exit = (code = 0): never => {
    current().exit(code);
    throw new Error("The interpreter has exited");
  };
  const streams = {
    stdout: stdout === "inherit" ? process.stdout : writable(callbacks.stdout),
    stderr: stderr === "inherit" ? process.stderr : writable(callbacks.stderr),
  };
  const isOwn = stdout !== "inherit" || stderr !== "inherit";
  return {
    process: overlay({ exit, env: env ?? environment(), ...(isOwn ? streams : {}) }, process),
    ...(globals.Deno === undefined ? {} : { Deno: overlay({ exit }, globals.Deno) }),
    ...(isOwn ? { console: new Console(streams) } : {}),
  };
}

function writable(sink: OutputSink | undefined): Writable {
  return new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      void sink?.write(String(text));
      done();
    },
  });
}
