// Options of `create`, as users give them, and what of them stays with the creator; what is
// plain data once it is checked is in protocol/options.ts. This file has types alone, as
// options.ts does; check_create_options.ts has the checks.

import type { InContext } from "../runtime/async_context.ts";
import type { PermissionSet } from "./permission_set.ts";
import type { StandardSchemaV1 } from "./standard_schema.ts";
import type { InputOption } from "./stdin_option.ts";

/** Where one kind of output goes; `CreateOptions.stdout` says what each of these means. */
export type OutputOption = "inherit" | "ignore" | "capture" | ((text: string) => void);

/** A function of the creator that source may call: `import { host } from "subinterpreters"`. */
export type HostFunction = (
  this: HostFunctionThis,
  // Each function declares what it takes. Nothing checks what source gives it.
  ...args: never[]
) => unknown;

/**
 * A host function with schemas: `create({ functions: { search: { input, output, call } } })`.
 * An interpreter runs code that may call it with anything; the schemas see to it that `call`
 * does not have to check what it gets, and does not give away more than it means to.
 *
 * @example A function that is called with what it expects, or not at all
 * ```ts
 * import { create } from "subinterpreters";
 * import * as z from "zod";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create({
 *   functions: {
 *     repeat: {
 *       input: z.tuple([z.string(), z.number().max(10)]),
 *       output: z.string(),
 *       call: (text: string, times: number) => text.repeat(times),
 *     },
 *   },
 * });
 * const results = await interpreter.evaluate(`
 *   import { host, ValidationError } from "subinterpreters";
 *   const error = await host.repeat("a", 1e9).catch((e) => e);
 *   [await host.repeat("a", 3), error instanceof ValidationError, error.issues[0].path];
 * `);
 * assert.deepEqual(results, ["aaa", true, [1]]);
 * ```
 */
export interface ValidatedFunction {
  /**
   * What the list of arguments must fit, for example `z.tuple([z.string()])`. `call` gets the
   * arguments that the schema makes of it. If they do not fit nothing is called, and the
   * promise in the interpreter rejects with a `ValidationError`. Absent: any arguments.
   */
  readonly input?: StandardSchemaV1<unknown, readonly unknown[]>;
  /**
   * What the result must fit, once it is there if it is a promise. The interpreter gets what
   * the schema makes of it. A `ValidationError` in its place tells the interpreter where the
   * result is wrong, and not how: its messages might quote what was not meant for it. Absent:
   * any result.
   */
  readonly output?: StandardSchemaV1;
  /** The function. */
  readonly call: HostFunction;
}

/** What a host function sees as `this`. */
export interface HostFunctionThis {
  /** Fires when the run that called ends, for whatever reason. */
  readonly signal: AbortSignal;
}

/** Limits of one interpreter; what a runtime cannot limit is refused. */
export interface Limits {
  /**
   * MiB of heap, from 16 to 1,048,576, on Deno and Node. An interpreter that grows past them
   * bit by bit ends, alone. One piece that does not fit into what is left, a large array for
   * example, can end the whole process: V8 gives the runtimes no way to prevent that. What V8
   * keeps on its heap for long counts. `ArrayBuffer`s and WebAssembly memory do not, nor the
   * few MiB of V8's young generation. Absent: the runtime's own limit.
   */
  readonly memoryMiB?: number;
  /**
   * MiB of stack, from 1 to 64, on Node. Running out of them is a `RangeError` inside. Absent:
   * the runtime's own limit.
   */
  readonly stackMiB?: number;
  /**
   * Bytes of output in all, 1 or more: standard output and error together, whatever becomes
   * of it, and that of interpreters that it creates. One more ends the interpreter. Absent:
   * no limit.
   */
  readonly outputBytes?: number;
  /**
   * Bytes of one message that the interpreter sends, 1 or more: an item, a value of
   * `evaluate`, the arguments of a host function. A longer one is a `RangeError` and is not
   * sent. Shared memory does not count. Interpreters that it creates have at most the same
   * limit. Absent: 1 GiB.
   */
  readonly messageBytes?: number;
  /**
   * Milliseconds that one source may take to compile before it runs, 1 or more. A source that
   * takes longer, or more than 512 MiB of memory, is refused with a `RunFailedError` whose
   * `excinfo` is a `RangeError`; the interpreter is idle and usable. On Linux, time in which a
   * busy machine gives the compiler no processor does not count, up to four times the limit.
   * Interpreters that it creates have at most the same limit.
   * @default 2000
   */
  readonly compileMs?: number;
}

/** Options of `create`. */
export interface CreateOptions {
  /**
   * Whether the interpreter is kept from acting on the process, as CPython's flag has it: from
   * starting programs, loading native code, changing the working directory, and ending the
   * process. Its environment is a copy.
   * @default true
   */
  readonly isolated?: boolean;
  /**
   * Name of the interpreter and its thread, for debuggers and process lists. On Deno the thread
   * of one with `permissions` may be called "interpreter" all the same, if it was there before.
   * @default "interpreter 3", with its id
   */
  readonly name?: string;
  /**
   * Language of the sources that the interpreter runs. `"python"` is not supported
   * yet: an `UnsupportedError`.
   * @default "typescript"
   */
  readonly language?: "typescript" | "javascript" | "python";
  /**
   * What the interpreter may reach, in Deno's vocabulary: what the process may
   * (`"inherit"`), nothing (`"none"`), or what a set names. With `"none"` or a set it is a
   * sandbox: it sees only those environment variables that `env` gives or the set names,
   * and reaches only the channels that it makes or is handed.
   *
   * Deno enforces all of it. It needs its flag `worker-options`, and at a terminal
   * `DENO_NO_PROMPT=1`, because it would ask the user there. The first sandbox of a kind takes
   * half a second; later ones are kept warm. Node denies `run`, `ffi` and `env` alone: `read`,
   * `write`, `net` and `sys` must be `true` there. Bun enforces nothing.
   * @default "inherit"
   * @see https://docs.deno.com/runtime/fundamentals/security/
   */
  readonly permissions?: "inherit" | "none" | PermissionSet;
  /** Limits of memory, stack, output, messages and compiling. Absent: those of each field. */
  readonly limits?: Limits;
  /**
   * Environment variables: a copy of the process's own, or exactly those given. Changes
   * inside never show outside.
   * @default "inherit"
   */
  readonly env?: "inherit" | Readonly<Record<string, string>>;
  /**
   * Where the interpreter's output goes: to its creator's own (`"inherit"`), nowhere
   * (`"ignore"`), to `Interpreter.stdout` (`"capture"`), or piece by piece to a function.
   * @default "inherit"
   */
  readonly stdout?: OutputOption;
  /**
   * As `stdout`, for standard error.
   * @default "inherit"
   */
  readonly stderr?: OutputOption;
  /**
   * What the interpreter reads as its standard input. With `"none"` that is nothing: the input
   * is at its end from the start. With `"inherit"` it is what the creator reads. Any other
   * text, of at most 64 Mi characters, is the input itself; a stream gives strings or bytes.
   * Nothing is read ahead: a stream is locked with the first read, and canceled when the
   * interpreter ends. There is one input for the life of the interpreter; what one run has
   * read, the next does not get.
   *
   * The program's own input, too, is read when source reads. So interpreters that inherit it,
   * and the program, take from each other. A read that waits does not keep the process alive.
   * While the program blocks in `runSync`, a read of what has not arrived yet is an
   * `InterpreterError`. An interpreter can hand on text and its own input; a stream is an
   * `UnsupportedError` there.
   * @default "none"
   *
   * @example Text to read
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using interpreter = await create({ stdin: "one\ntwo\n" });
   * const lines = await interpreter.evaluate(`
   *   import { readFileSync } from "node:fs";
   *   readFileSync(0, "utf8").trim().split("\\n");
   * `);
   * assert.deepEqual(lines, ["one", "two"]);
   * ```
   */
  readonly stdin?: InputOption;
  /**
   * What relative imports in sources resolve against: a URL, or an absolute path, of a
   * directory or of a file in it. What is there on disk decides which. If nothing is there, a
   * name that ends as a script's does (`.js`, `.ts`) is a file's, any other a directory's.
   * @default the directory of the program's main module
   */
  readonly baseUrl?: string | URL;
  /**
   * Functions that sources may call and await: `import { host } from "subinterpreters"`.
   * Arguments and results are copied. What a function throws arrives with name, message,
   * `cause` and `errors`, without a stack. Calls do not wait for each other. `this.signal`
   * fires when the run that called ends; of a call between runs, when the interpreter ends.
   * No function can be called "then". An object `{ input, output, call }` is a function whose
   * arguments and result must fit schemas. Absent: `host` is empty.
   */
  readonly functions?: Readonly<
    Record<
      string,
      | {
        // As `HostFunction`.
        (this: HostFunctionThis, ...args: never[]): unknown;
        // Every function has one, whose type the compiler would expect of objects with schemas.
        readonly call?: object;
      }
      | ValidatedFunction
    >
  >;
  /**
   * Ends the creation: nothing is left behind, and the promise rejects with the signal's
   * reason. Once the interpreter is there the signal has no meaning.
   */
  readonly signal?: AbortSignal;
}

/** Takes one kind of output of an interpreter. */
export interface OutputSink {
  /** Takes the next piece; a promise means that there is no room for more until it is fulfilled. */
  write(text: string): PromiseLike<void> | undefined;
  /** There will be no more. */
  end(): void;
}

/** The part of the options that stays with the creator, and is called back. */
export interface CreatorCallbacks {
  /** Where the program has called `create`; absent if nobody needs to know. */
  readonly context?: InContext | undefined;
  readonly stdout: OutputSink | undefined;
  readonly stderr: OutputSink | undefined;
  /** The stream that standard input is. */
  readonly stdin: ReadableStream<string | Uint8Array> | undefined;
  readonly functions: ReadonlyMap<string, HostFunction>;
}
