// Pieces: the parts of a value that travel beside its bytes, because bytes cannot carry them.
// Shared memory and compiled WebAssembly are shared, an ArrayBuffer that a sender transfers
// is moved.

import { hideField } from "./fields.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, ArrayBuffer, Object, Reflect, SharedArrayBuffer, TypeError, Uint8Array } =
  globalThis;
const { isArray } = Array;
const { hasOwn } = Object;
const { apply } = Reflect;
const clone = globalThis.structuredClone;

/** What travels beside the bytes of a value. */
export type Piece = ArrayBuffer | SharedArrayBuffer | WebAssembly.Module;

interface ModuleClass {
  readonly prototype: object;
  readonly customSections: (module: object, name: string) => unknown;
}

// There is none if the runtime was told to run no WebAssembly.
const wasm: unknown = Reflect.get(globalThis, "WebAssembly");
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The language defines it.
const moduleClass = (wasm as { readonly Module: ModuleClass } | undefined)?.Module;
const sectionsOf = moduleClass?.customSections;

/** What compiled WebAssembly inherits from; `undefined` if there is none. */
export const MODULE_PROTOTYPE: object | undefined = moduleClass?.prototype;

/** Whether a value really is compiled WebAssembly, which no brand check of the runtimes tells. */
export function isModule(value: unknown): value is WebAssembly.Module {
  if (sectionsOf === undefined || typeof value !== "object" || value === null) return false;
  try {
    apply(sectionsOf, undefined, [value, ""]);
    return true;
  } catch {
    return false;
  }
}

/** Whether a value can be a piece; what another thread sent may be anything. */
export function isPiece(value: unknown): value is Piece {
  if (value instanceof ArrayBuffer) return !value.resizable;
  return value instanceof SharedArrayBuffer || isModule(value);
}

/** Whether the memory of a buffer has gone elsewhere. */
export function isDetached(buffer: ArrayBuffer): boolean {
  try {
    return new Uint8Array(buffer).length < 0;
  } catch {
    return true;
  }
}

/** The buffers among the pieces, as `postMessage` takes them; `undefined` if there are none. */
export function movedOf(...lists: readonly (readonly Piece[])[]): ArrayBuffer[] | undefined {
  let moved: ArrayBuffer[] | undefined;
  for (let n = 0; n < lists.length; n++) {
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `n` is less than the length.
    const pieces = lists[n]!;
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i];
      if (!(piece instanceof ArrayBuffer)) continue;
      moved ??= [];
      moved[moved.length] = piece;
    }
  }
  return moved;
}

/**
 * Moves the buffers among the pieces into buffers of their own: from now on the sender's are
 * detached.
 *
 * @param what What cannot be done if that fails, for the message.
 * @throws {TypeError} One of them cannot be moved. The others have not been, or are the error's
 *   `transferred`.
 */
export function detach(pieces: readonly Piece[], what: string): readonly Piece[] {
  const buffers = movedOf(pieces);
  if (buffers === undefined) return pieces;
  let moved: ArrayBuffer[];
  try {
    moved = clone(buffers, { transfer: buffers });
  } catch (cause) {
    throw new TypeError(`${what}: ${IMMOVABLE}`, { cause });
  }
  // Node 20 copies what it cannot move, and says nothing.
  const whole = moved.filter((piece, i) => isDetached(buffers[i] ?? piece));
  if (whole.length < moved.length) {
    throw withTransferred(new TypeError(`${what}: ${IMMOVABLE}`), whole);
  }
  let at = 0;
  return pieces.map((piece) => piece instanceof ArrayBuffer ? moved[at++] ?? piece : piece);
}

const IMMOVABLE =
  "transfer has a buffer that cannot be moved, because it was detached meanwhile, or is that of a WebAssembly.Memory or of Node's pool of Buffers; give a copy, buffer.slice(0)";

/** What has come back with an error; `undefined` if that is nothing. */
export function transferredOf(error: unknown): readonly ArrayBuffer[] | undefined {
  if (typeof error !== "object" || error === null || !hasOwn(error, "transferred")) {
    return undefined;
  }
  const { transferred } = error as { readonly transferred?: unknown };
  const isOwn = isArray(transferred) && transferred.every((one) => one instanceof ArrayBuffer);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Each has been looked at.
  return isOwn ? transferred as ArrayBuffer[] : undefined;
}

/** The error with the buffers of what was to be sent, which nobody has received. */
export function withTransferred(error: Error, transferred: readonly ArrayBuffer[]): Error {
  if (transferred.length === 0) return error;
  // Not enumerable: it stays behind when the error itself crosses.
  hideField(error, "transferred", transferred);
  return error;
}
