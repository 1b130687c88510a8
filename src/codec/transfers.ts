// What is to be moved: the buffers that a sender names beside a value, or that it has noted
// for a value which goes without options, as the result of a function does.

import type { Piece } from "./pieces.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, WeakMap } = globalThis;
const { getOwnPropertyDescriptor, keys } = Object;

/** The buffers that go along with one message. */
export interface Transfer {
  readonly buffers: readonly ArrayBuffer[];
  /** The pieces of the message, as they were in the value; set when it is packed. */
  pieces?: readonly Piece[];
  /** What has come back, because nobody has received the message. */
  returned?: readonly ArrayBuffer[];
}

const notes = new WeakMap<object, readonly ArrayBuffer[]>();
/** So that values without notes cost nothing: most realms never make any. */
let hasNotes = false;

/** Notes which buffers move when the value crosses next. */
export function note(value: object, buffers: readonly ArrayBuffer[]): void {
  hasNotes = true;
  notes.set(value, buffers);
}

/** Whether buffers were noted for any value so far. */
export function hasNoted(): boolean {
  return hasNotes;
}

/** The buffers that were noted for the value, once; `undefined` if there are none. */
export function notedFor(value: unknown): readonly ArrayBuffer[] | undefined {
  if (!hasNotes || typeof value !== "object" || value === null) return undefined;
  const buffers = notes.get(value);
  if (buffers !== undefined) notes.delete(value);
  return buffers;
}

/** What a message moves; `undefined` if that is nothing. */
export function moving(buffers: readonly ArrayBuffer[] | undefined): Transfer | undefined {
  return buffers === undefined ? undefined : { buffers };
}

/** As `notedFor`, for each value of a list or of an object, and those that were named. */
export function notedInside(
  values: object,
  named: readonly ArrayBuffer[] | undefined,
): readonly ArrayBuffer[] | undefined {
  if (!hasNotes) return named;
  let all: ArrayBuffer[] | undefined;
  const names = keys(values);
  for (let i = 0; i < names.length; i++) {
    // Not by reading it: the encoder alone calls getters, once.
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
    const buffers = notedFor(getOwnPropertyDescriptor(values, names[i]!)?.value);
    if (buffers !== undefined) (all ??= [...named ?? []]).push(...buffers);
  }
  return all ?? named;
}
