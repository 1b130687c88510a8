// Native code of Deno's that ends the whole process when it is called in a way that it does not
// expect: a panic ends the process, whoever has called (Deno 2.9; found by calling everything with
// odd receivers and arguments).

import { builtin } from "../../runtime/builtins.ts";
import { guardMethod, needsNew } from "../../runtime/guard.ts";

// Taken now: source may declare names of its own that hide these.
const { RangeError, globalThis: scope } = globalThis;

/** Classes that write into whatever they are called on, if they are called without `new`. */
const GEOMETRY: readonly string[] = [
  ...["DOMMatrix", "DOMMatrixReadOnly", "DOMPoint", "DOMPointReadOnly"],
  ...["DOMQuad", "DOMRect", "DOMRectReadOnly"],
];

let isGuarded = false;

/** Puts checks before such code, in this thread. What is wrong throws a TypeError or a RangeError. */
export function guardNativeCalls(): void {
  // A thread that is sandboxed and isolated asks twice.
  if (isGuarded) return;
  isGuarded = true;
  for (const name of GEOMETRY) guardMethod(scope, name, { called: needsNew(name) });
  const crypto = builtin("crypto");
  for (const name of ["generatePrime", "generatePrimeSync"]) {
    guardMethod(crypto, name, { check: checkPrimeSize });
  }
}

/** A prime number of one bit panics. */
function checkPrimeSize(args: unknown[]): void {
  const size = args[0];
  if (typeof size === "number" && size < 2) {
    throw new RangeError('The value of "size" is out of range: it must be 2 or more');
  }
}
