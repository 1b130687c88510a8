// Output of a guest, written before the call that writes it returns: what a run
// printed is out when its promise resolves, in the order of the calls.

import { writeSync } from "node:fs";
import process from "node:process";
import { pause } from "../channel/doorbell.ts";
import { hasDeferredOutput } from "../runtime/process.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, TextEncoder, TypeError, Uint8Array } = globalThis;

const WAIT_MS = 1;

/** Makes this thread's standard output and error immediate where they are not. */
export function flushOutput(): void {
  if (!hasDeferredOutput) return;
  redirect(process.stdout, 1);
  redirect(process.stderr, 2);
}

function redirect(stream: NodeJS.WriteStream, descriptor: number): void {
  const write = (chunk: unknown, ...rest: unknown[]): boolean => {
    writeFully(descriptor, typeof chunk === "string" ? chunk : toBytes(chunk));
    const done = rest.at(-1);
    if (typeof done === "function") done();
    return true;
  };
  Object.defineProperty(stream, "write", { value: write, writable: true, configurable: true });
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("Cannot write: the chunk must be a string or a Uint8Array");
}

function writeFully(descriptor: number, chunk: string | Uint8Array): void {
  let bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      if (!isBusy(error)) throw error;
      // A pipe whose reader is slow: give it a moment, as a blocking write would.
      pause(WAIT_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
