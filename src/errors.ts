// Every error class of the module, and nothing else. It imports nothing, because host, guest
// and channels all throw these. `name` and `_tag` are data properties of the prototypes. As
// fields of instances they would show in each printed error. As getters they would make Bun 1.4
// print the first line of a stack as plain `Error` (measured).

const { Object, String } = globalThis;

/**
 * Gives a class its `name`, which consoles print, and its `_tag`, which Effect's `catchTag` reads.
 */
function tag(constructor: { prototype: object }, name: string): void {
  for (const key of ["name", "_tag"]) {
    Object.defineProperty(constructor.prototype, key, {
      value: name,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

/** An error of an interpreter as plain data, which is how errors cross threads. */
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

/** Python's `RuntimeError`: the base of the interpreter and channel errors. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class RuntimeError extends Error {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: string;
  static {
    tag(this, "RuntimeError");
  }
}

/** An operation does not fit the state of the interpreter: closed, running, current or main. */
export class InterpreterError extends RuntimeError {
  static {
    tag(this, "InterpreterError");
  }
}

/** No interpreter has that id, or it is closed. */
export class InterpreterNotFoundError extends InterpreterError {
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
  /**
   * The original error as plain data, its causes and members included. Not enumerable, because
   * consoles already print the same as `cause`.
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

/** The source of a run threw. The message is `name: message` of the original error. */
export class RunFailedError extends ExecutionFailedError {
  static {
    tag(this, "RunFailedError");
  }
}

/**
 * The run ended because its interpreter ended: terminated, timed out, out of memory, or exited.
 * Or the run was interrupted at its timeout, and then `isInterpreterAlive` is `true`.
 */
export class InterpreterTerminatedError extends RunFailedError {
  /**
   * Why the interpreter ended: the reason that was given to `terminate(reason)`, or what happened.
   */
  readonly reason: string;
  /** The code given to `exit`; absent if the source did not call it. */
  declare readonly exitCode?: number;
  /**
   * Whether the interpreter lives on, idle and with its namespace. It does after a timeout with
   * `onTimeout: "interrupt"` if the run alone could be stopped. Otherwise it has ended.
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
 * The value cannot cross to another interpreter. The message has the path to the part that cannot.
 */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class NotShareableError extends TypeError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: string;
  static {
    tag(this, "NotShareableError");
  }
}

/** This runtime cannot do what was asked for. The message names the runtime and the remedy. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class UnsupportedError extends Error {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: string;
  static {
    tag(this, "UnsupportedError");
  }
}

/** The base of all channel errors. */
export class ChannelError extends RuntimeError {
  static {
    tag(this, "ChannelError");
  }
}

/** No channel has that id. */
export class ChannelNotFoundError extends ChannelError {
  static {
    tag(this, "ChannelNotFoundError");
  }
}

/** The end of the channel is closed or released. */
export class ChannelClosedError extends ChannelError {
  static {
    tag(this, "ChannelClosedError");
  }
}

/** Nothing arrived in time. */
export class ChannelEmptyError extends ChannelError {
  static {
    tag(this, "ChannelEmptyError");
  }
}

/** The channel still has items, and `force` was not given. */
export class ChannelNotEmptyError extends ChannelError {
  static {
    tag(this, "ChannelNotEmptyError");
  }
}

/** A `send` gave up before anyone received its item; the item is withdrawn. */
export class NotReceivedError extends ChannelError {
  static {
    tag(this, "NotReceivedError");
  }
}

/** The interpreter that sent the item is gone, and the channel's `unboundItems` is `"error"`. */
export class ItemInterpreterDestroyed extends ChannelError {
  static {
    tag(this, "ItemInterpreterDestroyed");
  }
}

/** A task was cancelled before it had a result. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class CancelledError extends Error {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: string;
  static {
    tag(this, "CancelledError");
  }
}
