// The error classes of the module, but for those of queues (queue_errors.ts)
// and ValidationError (validation_error.ts). It imports nothing, because host, guest
// and channels all throw these. `name` and `_tag` are data properties of the prototypes. As
// fields of instances they would show in each printed error. As getters they would make Bun 1.4
// print the first line of a stack as plain `Error` (measured; oven-sh/bun#34868).

const { Object, String } = globalThis;

/**
 * Gives a class its `name`, which consoles print, and its `_tag`, which Effect's `catchTag` reads.
 */
export function tag(constructor: { prototype: object }, name: string): void {
  for (const key of ["name", "_tag"]) {
    Object.defineProperty(constructor.prototype, key, {
      value: name,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

/** An error of an interpreter as plain data, which is how errors cross threads (CPython's word). */
export interface Excinfo {
  /**
   * Name of the error's class, for example `"TypeError"`; `"Uncaught"` for a thrown value that is
   * no error.
   */
  readonly name: string;
  /** The error's message; for a thrown value that is no error, the value as text. */
  readonly message: string;
  /** The stack trace inside the interpreter, in lines and columns of the given source. */
  readonly stack?: string;
  /** The error's cause, as plain data too. */
  readonly cause?: Excinfo;
  /** The members of an `AggregateError`. */
  readonly errors?: readonly Excinfo[];
  /**
   * The error's other own enumerable properties, for example `code` and `status`. Only plain
   * data is kept (primitives, dates, lists and plain objects), and only a limited number.
   */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Python's `RuntimeError`: the base of the errors of interpreters, channels and queues. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class RuntimeError extends Error {
  /** The class's name, or that of a class that extends it, for Effect's `catchTag`. */
  declare readonly _tag:
    | "RuntimeError"
    | "InterpreterError"
    | "InterpreterNotFoundError"
    | "ExecutionFailedError"
    | "RunFailedError"
    | "InterpreterTerminatedError"
    | "ChannelError"
    | "ChannelNotFoundError"
    | "ChannelClosedError"
    | "ChannelEmptyError"
    | "ChannelNotEmptyError"
    | "NotReceivedError"
    | "ItemInterpreterDestroyed"
    | "QueueError"
    | "QueueNotFoundError"
    | "QueueEmptyError"
    | "QueueFullError"
    | "QueueShutDownError"
    | "BrokenInterpreterPoolError";
  /**
   * What was to move and has come back, because nobody has it now: new buffers with the old
   * memory. Absent if nothing was to move.
   */
  declare readonly transferred?: readonly ArrayBuffer[];
  static {
    tag(this, "RuntimeError");
  }
}

/**
 * The operation does not fit the state of the interpreter: it is running, current or main; or
 * a thread could not be started. Nothing has changed.
 */
export class InterpreterError extends RuntimeError {
  /** The class's name, or that of a class that extends it, for Effect's `catchTag`. */
  declare readonly _tag:
    | "InterpreterError"
    | "InterpreterNotFoundError"
    | "ExecutionFailedError"
    | "RunFailedError"
    | "InterpreterTerminatedError";
  static {
    tag(this, "InterpreterError");
  }
}

/**
 * No interpreter has that id, or none within reach: there never was one, or it is closed.
 *
 * @see CPython 3.13 `InterpreterNotFoundError`.
 */
export class InterpreterNotFoundError extends InterpreterError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "InterpreterNotFoundError";
  static {
    tag(this, "InterpreterNotFoundError");
  }
}

/**
 * What was run in an interpreter threw. It is what Python calls the class of a
 * `RunFailedError`, so a `catch` by either name catches every failure of a run or a call.
 *
 * @see CPython 3.13 `concurrent.interpreters.ExecutionFailed`.
 */
export class ExecutionFailedError extends InterpreterError {
  /** The class's name, or that of a class that extends it, for Effect's `catchTag`. */
  declare readonly _tag: "ExecutionFailedError" | "RunFailedError" | "InterpreterTerminatedError";
  /**
   * The original error as plain data, with its causes and members. It is not enumerable: a
   * console shows the same as `cause`, and once is enough.
   */
  declare readonly excinfo: Excinfo;

  /**
   * Makes the error of a run or a call.
   *
   * @param excinfo The original error as plain data.
   * @param options Its `cause` is an `Error` made from the original.
   */
  constructor(excinfo: Excinfo, options?: ErrorOptions) {
    super(excinfo.message === "" ? excinfo.name : `${excinfo.name}: ${excinfo.message}`, options);
    Object.defineProperty(this, "excinfo", { value: excinfo });
  }

  static {
    tag(this, "ExecutionFailedError");
  }
}

/**
 * The source or the function threw, or could not be compiled. The message is `name: message` of
 * the original error; `cause` is an `Error` made from it. The interpreter is idle and usable.
 *
 * @see CPython 3.12 `RunFailedError`; 3.13 calls it `ExecutionFailed`.
 *
 * @example What the source threw
 * ```ts
 * import { create, RunFailedError } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * const error = await interpreter.run("throw new RangeError('too far')").catch((e) => e);
 * assert.ok(error instanceof RunFailedError);
 * assert.equal(error.excinfo.name, "RangeError");
 * assert.ok(error.cause instanceof RangeError);
 * ```
 */
export class RunFailedError extends ExecutionFailedError {
  /** The class's name, or that of a class that extends it, for Effect's `catchTag`. */
  declare readonly _tag: "RunFailedError" | "InterpreterTerminatedError";
  static {
    tag(this, "RunFailedError");
  }
}

/**
 * The run ended because its interpreter did: it was terminated, exceeded its timeout or another
 * limit, or exited. Or the timeout interrupted the run alone: then `isInterpreterAlive` is `true`.
 *
 * @see Not in Python, where nothing ends a running interpreter.
 *
 * @example A timeout
 * ```ts
 * import { create, InterpreterTerminatedError } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const interpreter = await create();
 * const error = await interpreter.run("while (true);", { timeout: 50 }).catch((e) => e);
 * assert.ok(error instanceof InterpreterTerminatedError);
 * assert.equal(error.reason, "timeout");
 * assert.equal(error.isInterpreterAlive, false);
 * ```
 */
export class InterpreterTerminatedError extends RunFailedError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "InterpreterTerminatedError";
  /**
   * Why the interpreter ended, in words: what `terminate(reason)` was given, or what happened:
   * `"timeout"`, `"aborted"`, `"exit"`, `"out of memory"`, `"output limit"`, `"crash"`, …
   */
  readonly reason: string;
  /** The code given to `exit`; absent if the source did not call it. */
  declare readonly exitCode?: number;
  /**
   * Whether the interpreter goes on, idle and with its namespace. It does after a timeout with
   * `onTimeout: "interrupt"` that could stop the run alone. Else it has ended.
   */
  readonly isInterpreterAlive: boolean;

  /**
   * Makes the error of a run whose interpreter ended.
   *
   * @param message What could not be done, and why.
   * @param details The reason in words, the exit code if there was one, and whether the
   *   interpreter lives on (`false` if absent).
   */
  constructor(
    message: string,
    details: {
      reason: string;
      exitCode?: number;
      isInterpreterAlive?: boolean;
      cause?: unknown;
    },
  ) {
    const { reason, exitCode, isInterpreterAlive = false, cause } = details;
    super(
      // Python reports `sys.exit(2)` of a sub-interpreter as "SystemExit: 2".
      exitCode === undefined
        ? { name: "InterpreterTerminatedError", message }
        : { name: "SystemExit", message: String(exitCode) },
      cause === undefined ? undefined : { cause },
    );
    this.message = message;
    this.reason = reason;
    this.isInterpreterAlive = isInterpreterAlive;
    if (exitCode !== undefined) this.exitCode = exitCode;
  }

  static {
    tag(this, "InterpreterTerminatedError");
  }
}

/**
 * The value cannot cross. The message has the path to the offending part; nothing was sent.
 *
 * @see CPython 3.13 `NotShareableError`.
 */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class NotShareableError extends TypeError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "NotShareableError";
  static {
    tag(this, "NotShareableError");
  }
}

/** This runtime or release cannot do what was asked for; the message names the remedy. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class UnsupportedError extends Error {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "UnsupportedError";
  static {
    tag(this, "UnsupportedError");
  }
}

/** The base of all channel errors. */
export class ChannelError extends RuntimeError {
  /** The class's name, or that of a class that extends it, for Effect's `catchTag`. */
  declare readonly _tag:
    | "ChannelError"
    | "ChannelNotFoundError"
    | "ChannelClosedError"
    | "ChannelEmptyError"
    | "ChannelNotEmptyError"
    | "NotReceivedError"
    | "ItemInterpreterDestroyed";
  static {
    tag(this, "ChannelError");
  }
}

/**
 * No channel has that id, or none within reach.
 *
 * @see CPython 3.12 `ChannelNotFoundError`.
 */
export class ChannelNotFoundError extends ChannelError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "ChannelNotFoundError";
  static {
    tag(this, "ChannelNotFoundError");
  }
}

/**
 * The end is closed, for everybody, or released, by this interpreter.
 *
 * @see CPython 3.12 `ChannelClosedError`.
 */
export class ChannelClosedError extends ChannelError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "ChannelClosedError";
  static {
    tag(this, "ChannelClosedError");
  }
}

/**
 * Nothing arrived in time. Nothing was taken.
 *
 * @see CPython 3.12 `ChannelEmptyError`.
 */
export class ChannelEmptyError extends ChannelError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "ChannelEmptyError";
  static {
    tag(this, "ChannelEmptyError");
  }
}

/**
 * The channel still has items, and `force` was not given. It stays open.
 *
 * @see CPython 3.12 `ChannelNotEmptyError`.
 */
export class ChannelNotEmptyError extends ChannelError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "ChannelNotEmptyError";
  static {
    tag(this, "ChannelNotEmptyError");
  }
}

/**
 * A `send` gave up before anyone received its item. The item is withdrawn.
 *
 * @see PEP 554 `NotReceivedError`.
 */
export class NotReceivedError extends ChannelError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "NotReceivedError";
  static {
    tag(this, "NotReceivedError");
  }
}

/**
 * The interpreter that sent the item is gone, and `unboundItems` of the channel or of the item is
 * `"error"`. The item is dropped. Of a queue's item it is a `QueueError`, as it is in Python.
 *
 * @see CPython 3.13 `ItemInterpreterDestroyed`.
 */
export class ItemInterpreterDestroyed extends ChannelError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "ItemInterpreterDestroyed";
  static {
    tag(this, "ItemInterpreterDestroyed");
  }
}

/**
 * The pool can have no worker: its initializer failed, or its workers end as fast as they start.
 * Tasks that have not begun fail with it, and no more are taken; `cause` has the reason.
 *
 * @see CPython 3.14 `BrokenInterpreterPool`.
 */
export class BrokenInterpreterPoolError extends RuntimeError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "BrokenInterpreterPoolError";
  static {
    tag(this, "BrokenInterpreterPoolError");
  }
}

/** A task was cancelled before it had a result. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class CancelledError extends Error {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "CancelledError";
  static {
    tag(this, "CancelledError");
  }
}
