// Zero copy: the `transfer` of options and its check, and `transfer()` for values that go
// without options.

import { isDetached, isModule, withTransferred } from "../codec/pieces.ts";
import { note, notedFor, type Transfer } from "../codec/transfers.ts";
import { MAX_LIST } from "../protocol/check.ts";
import { show } from "./checks.ts";

// Taken now: source may declare names of its own that hide these.
// Under another name where a public type has the name: it must stay the type of the language.
const {
  Array,
  ArrayBuffer: BuiltInBuffer,
  Error,
  Object,
  RangeError,
  SharedArrayBuffer,
  TypeError,
} = globalThis;

/**
 * Says which `ArrayBuffer`s of a value move when it crosses next, instead of being copied. It is
 * for what goes without options: the result of a function or of a source, the arguments of a
 * function of the creator's, the chunks of a stream. Where there is an option `transfer`, both
 * count.
 *
 * It changes nothing yet. When the value crosses, the buffers are detached here, however long
 * they are, and the receiver has their memory. Views on them cross as views on the same memory.
 *
 * @typeParam T The value's type.
 * @param value An object, which has the buffers in it: a buffer, a view, an array, a record.
 * @param buffers The buffers that move.
 * @returns The value itself.
 * @throws {TypeError} `value` is no object. Or `buffers` is no array of `ArrayBuffer`s that can be
 *   moved: one is detached or resizable, shared memory, or a view.
 * @throws {RangeError} There are more than 10,000 buffers.
 * @see The second argument of `structuredClone`, and comlink's `transfer`.
 *
 * @example The result of a call
 * ```ts
 * import { create } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * await interpreter.run("import { transfer } from 'subinterpreters'");
 * const pixels = await interpreter.evaluate(`
 *   const made = new Uint8Array(1_000_000).fill(7);
 *   transfer(made, [made.buffer]);
 * `);
 * assert.ok(pixels instanceof Uint8Array);
 * assert.equal(pixels[999_999], 7);
 * assert.equal(await interpreter.evaluate("made.byteLength"), 0, "it has gone");
 * ```
 */
export function transfer<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  const what = "Cannot transfer";
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${what}: value must be an object, received ${show(value)}`);
  }
  note(value, checkBuffers(what, buffers, "buffers"));
  return value;
}

/** The buffers of an option `transfer`; `undefined` if there are none. */
export function checkTransfer(
  what: string,
  given: unknown,
): readonly ArrayBuffer[] | undefined {
  if (given === undefined) return undefined;
  const buffers = checkBuffers(what, given, "transfer");
  return buffers.length === 0 ? undefined : buffers;
}

/** What a message moves: what was named, and what was noted for the value. */
export function transferOf(
  value: unknown,
  named: readonly ArrayBuffer[] | undefined,
): Transfer | undefined {
  const noted = notedFor(value);
  if (noted === undefined) return named === undefined ? undefined : { buffers: named };
  return { buffers: named === undefined ? noted : [...named, ...noted] };
}

/** The error of a message that nobody has received, with the buffers that have come back. */
export function withReturned(error: unknown, moved: Transfer | undefined): unknown {
  const returned = moved?.returned;
  return returned !== undefined && error instanceof Error
    ? withTransferred(error, returned)
    : error;
}

/** The buffers of a list, each once. */
function checkBuffers(what: string, given: unknown, name: string): readonly ArrayBuffer[] {
  if (!Array.isArray(given)) {
    throw new TypeError(
      `${what}: ${name} must be an array of ArrayBuffers, received ${show(given)}`,
    );
  }
  const list: readonly unknown[] = given;
  if (list.length > MAX_LIST) {
    throw new RangeError(
      `${what}: ${name} must have at most ${MAX_LIST} buffers, received ${list.length}`,
    );
  }
  const buffers: ArrayBuffer[] = [];
  for (let i = 0; i < list.length; i++) {
    const buffer = list[i];
    const refusal = refusalOf(buffer);
    if (refusal !== undefined) throw new TypeError(`${what}: ${name}[${i}] ${refusal}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Else it is refused.
    const own = buffer as ArrayBuffer;
    if (!buffers.includes(own)) buffers[buffers.length] = own;
  }
  return buffers;
}

/** Why something cannot be moved, and what to do instead. */
function refusalOf(buffer: unknown): string | undefined {
  if (buffer instanceof BuiltInBuffer) {
    if (isDetached(buffer)) return "is detached already: its memory has gone elsewhere";
    if (buffer.resizable) return "is resizable; leave it out, and it is copied";
    if (Object.getOwnPropertySymbols(buffer).length > 0) {
      return "is marked as what cannot be moved, as Node's pool of Buffers is; give a copy";
    }
    return undefined;
  }
  if (buffer instanceof SharedArrayBuffer) {
    return "is shared memory, which is never copied; leave it out";
  }
  if (isModule(buffer)) return "is a WebAssembly.Module, which is never copied; leave it out";
  if (BuiltInBuffer.isView(buffer)) return "is a view; give its buffer";
  return `must be an ArrayBuffer, received ${show(buffer)}`;
}
