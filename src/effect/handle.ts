// What an interpreter is to a program in Effect: less than the class, so that an interpreter
// of a test can be one, too.

import type { Interpreter as Handle } from "../api/interpreter.ts";

/**
 * An interpreter, as `make` gives it. What `create` gives is one, too, and so are the
 * interpreters of `layerTest`, which run in the same thread.
 *
 * Functions of this module take it: `run(interpreter, source)`. Its own methods return promises.
 */
export interface Interpreter extends
  Pick<
    Handle,
    | "id"
    | "name"
    | "isolated"
    | "whence"
    | "isRunning"
    | "run"
    | "exec"
    | "evaluate"
    | "call"
    | "import"
    | "prepareMain"
    | "close"
    | "terminate"
    | "stdout"
    | "stderr"
    | "equals"
    | "toString"
    | typeof Symbol.asyncDispose
  > {}
