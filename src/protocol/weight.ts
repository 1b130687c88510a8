// The weight of a frame: how much of the host's memory and time it takes, roughly in bytes. A
// guest may have only so much outstanding (channel/wake/frame_window.ts), and the host counts
// what it has not handled yet.

import { recordOf } from "../codec/fields.ts";
import { isPiece } from "../codec/pieces.ts";
import { MAX_PROPERTY_CHARS } from "../codec/properties.ts";
import type { Excinfo } from "../errors.ts";
import type { GuestFrame, Packed } from "./frames.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, DataView, Number, Object, Uint8Array } = globalThis;
const objectPrototype = Object.prototype;

/** Weight of an empty frame. */
export const FRAME_WEIGHT: number = 2 ** 12;
/** Weight of one piece, or of one handle, besides the bytes that name it. */
const PIECE_WEIGHT = 2 ** 10;
/** Weight of one part of an argument, besides its text. */
const PART_WEIGHT = 2 ** 5;
/** A request takes checks of what the guest may do, and an answer. */
const REQUEST_WEIGHT = 4 * FRAME_WEIGHT;
/** A span takes more than its text: the host parses that, and its exporter keeps the span. */
const SPANS_FACTOR = 8;
/** Reports take the most: the host traces every place in every stack back to the source. */
const REPORT_WEIGHT = 4 * FRAME_WEIGHT;

/** The weight of a frame. */
export function weightOf(frame: GuestFrame): number {
  switch (frame.type) {
    case "output":
      return FRAME_WEIGHT + weightOfText(frame.text);
    case "done":
      return FRAME_WEIGHT + (frame.value === null ? 0 : weightOfValue(frame.value));
    case "answer": {
      const { outcome } = frame;
      if (outcome.ok) return FRAME_WEIGHT + weightOfValue(outcome.value);
      const { message, excinfo } = outcome.failure;
      return FRAME_WEIGHT + weightOfText(message) + weightOfReport(excinfo);
    }
    case "request":
      return (frame.operation === "call" ? FRAME_WEIGHT : REQUEST_WEIGHT) +
        (weightOfArgument(frame.argument) ?? 0);
    case "deposit":
      return FRAME_WEIGHT + PIECE_WEIGHT * (frame.pieces.length + frame.channels.length);
    case "failed":
    case "uncaught":
      return REPORT_WEIGHT + weightOfReport(frame.excinfo);
    case "unshareable":
      return FRAME_WEIGHT + weightOfText(frame.message);
    case "spans":
      return FRAME_WEIGHT + SPANS_FACTOR * weightOfText(frame.text);
    default:
      return FRAME_WEIGHT;
  }
}

function weightOfText({ length }: string): number {
  return 2 * length;
}

function weightOfValue({ bytes, shared, channels = [] }: Packed): number {
  return bytes.byteLength + PIECE_WEIGHT * (shared.length + channels.length);
}

function weightOfReport(excinfo: Excinfo | undefined): number {
  if (excinfo === undefined) return 0;
  const { message, stack = "", cause, errors = [], properties } = excinfo;
  let weight = PART_WEIGHT + weightOfText(message) + weightOfText(stack) + weightOfReport(cause);
  if (properties !== undefined) weight += 2 * MAX_PROPERTY_CHARS;
  for (let i = 0; i < errors.length; i++) weight += weightOfReport(errors[i]);
  return weight;
}

/** The most parts, levels and characters of text that one request may have. */
const MAX_PARTS = 2 ** 15;
const MAX_LEVELS = 6;
const MAX_CHARS = 2 ** 25;

interface Walk {
  parts: number;
  chars: number;
}

/**
 * The weight of a request's argument, which is plain data of few levels; `undefined` if it is
 * anything else, or too much: reading it could take for ever.
 */
export function weightOfArgument(argument: unknown): number | undefined {
  const walk: Walk = { parts: 0, chars: 0 };
  const weight = weightOfPart(argument, { walk, level: 0 });
  return Number.isFinite(weight) ? weight : undefined;
}

function weightOfPart(
  part: unknown,
  { walk, level }: { readonly walk: Walk; readonly level: number },
): number {
  if (++walk.parts > MAX_PARTS || level > MAX_LEVELS) return Infinity;
  if (typeof part === "string") {
    walk.chars += part.length;
    return walk.chars > MAX_CHARS ? Infinity : PART_WEIGHT + weightOfText(part);
  }
  if (typeof part === "bigint") return Infinity;
  if (typeof part !== "object" || part === null) return PART_WEIGHT;
  if (part instanceof Uint8Array || part instanceof DataView) {
    return PIECE_WEIGHT + part.byteLength;
  }
  const next = { walk, level: level + 1 };
  let weight = PART_WEIGHT;
  if (Array.isArray(part)) {
    if (part.length > MAX_PARTS) return Infinity;
    for (let i = 0; i < part.length; i++) weight += weightOfPart(part[i], next);
    return weight;
  }
  const prototype: unknown = Object.getPrototypeOf(part);
  if (prototype !== objectPrototype && prototype !== null) {
    return isPiece(part) ? PIECE_WEIGHT : Infinity;
  }
  const names = Object.keys(part);
  if (names.length > MAX_PARTS) return Infinity;
  for (let i = 0; i < names.length; i++) {
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
    const name = names[i]!;
    walk.chars += name.length;
    weight += 2 * name.length + weightOfPart(recordOf(part)[name], next);
  }
  return weight;
}
