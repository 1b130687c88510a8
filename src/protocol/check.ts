// The one check of what comes out of an interpreter. A guest may run hostile source, so the
// host believes no frame before it has been through here. What does not have the right shape
// is `undefined`, and the caller drops it.

import { checkExcinfo } from "../codec/excinfo.ts";
import { recordOf } from "../codec/fields.ts";
import { isPiece, type Piece } from "../codec/pieces.ts";
import type { Excinfo } from "../errors.ts";
import type { GuestFrame, Outcome, OutputStream, Packed } from "./frames.ts";
import type { Operation } from "./requests.ts";
import { weightOfArgument } from "./weight.ts";

const { Array, ArrayBuffer, DataView, Number, Object, Uint8Array } = globalThis;

const OPERATIONS = {
  create: true,
  list: true,
  describe: true,
  isRunning: true,
  run: true,
  abort: true,
  close: true,
  terminate: true,
  createChannel: true,
  createQueue: true,
  openChannel: true,
  listChannels: true,
  submit: true,
  steerTask: true,
  describePool: true,
  withdraw: true,
  read: true,
  reserve: true,
  openLane: true,
  prepare: true,
  trace: true,
  call: true,
} satisfies Record<Operation, true>;

/** How many pieces, or handles, one item may have. */
export const MAX_LIST = 10_000;

/** Characters of the name of an error class or of a thread, and of a message. */
const MAX_TAG = 100;
const MAX_MESSAGE = 100_000;

/** How a run ends whose value has not the shape of one. */
const DAMAGED: Excinfo = {
  name: "TypeError",
  message: "the value of the source was damaged on its way",
};

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a value; none if it is no object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? recordOf(value) : {};
}

function isCall(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function isOperation(value: unknown): value is Operation {
  return typeof value === "string" && Object.hasOwn(OPERATIONS, value);
}

/** The longest text of one frame of spans, in characters. */
export const MAX_SPANS_LENGTH: number = 2 ** 17;

/** The longest text of one frame of output, in characters; guests cut longer texts. */
export const OUTPUT_LENGTH: number = 2 ** 16;

function isStream(value: unknown): value is OutputStream {
  return value === "stdout" || value === "stderr";
}

/** Whether every element travels beside the bytes of a value. */
function isPieceList(value: unknown): value is readonly Piece[] {
  return Array.isArray(value) && value.length <= MAX_LIST && value.every(isPiece);
}

function isIdList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_LIST && value.every(Number.isSafeInteger);
}

/**
 * Whether the bytes are in memory of this side alone. In shared memory they could change
 * between a check and their use; our own guests send none.
 */
function isOwnBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
}

/** A copied value, or `undefined` if it does not have the shape of one. */
export function checkPacked(value: unknown): Packed | undefined {
  const { bytes: given, shared, channels = [] } = fieldsOf(value);
  const bytes = given instanceof DataView
    ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
    : given;
  if (!isOwnBytes(bytes) || !isPieceList(shared)) return undefined;
  return isIdList(channels) ? { bytes, shared, channels } : undefined;
}

/** How a call ended; `undefined` if it does not have the shape of that. */
function checkOutcome(value: unknown): Outcome<Packed> | undefined {
  const { ok, value: result, failure } = fieldsOf(value);
  if (ok === true) {
    const packed = checkPacked(result);
    return packed === undefined ? undefined : { ok, value: packed };
  }
  const { tag, message, excinfo } = fieldsOf(failure);
  if (typeof tag !== "string" || typeof message !== "string") return undefined;
  const told = { tag: tag.slice(0, MAX_TAG), message: message.slice(0, MAX_MESSAGE) };
  return {
    ok: false,
    failure: excinfo === undefined ? told : { ...told, excinfo: checkExcinfo(excinfo) },
  };
}

/** The frame, if it has the shape of one; `undefined` for anything else. */
export function checkGuestFrame(raw: unknown): GuestFrame | undefined {
  const fields = fieldsOf(raw);
  switch (fields["type"]) {
    case "ready":
    case "asleep":
    case "heeding":
    case "outOfMemory":
      return { type: fields["type"] };
    case "loaded": {
      const thread = fields["thread"];
      const isName = typeof thread === "string" && thread.length <= MAX_TAG;
      return { type: "loaded", thread: isName ? thread : null };
    }
    case "done": {
      if (!isCall(fields["call"])) return undefined;
      const value = fields["value"] === null ? null : checkPacked(fields["value"]);
      return value === undefined
        ? { type: "failed", call: fields["call"], excinfo: DAMAGED }
        : { type: "done", call: fields["call"], value };
    }
    case "failed":
      if (!isCall(fields["call"])) return undefined;
      return { type: "failed", call: fields["call"], excinfo: checkExcinfo(fields["excinfo"]) };
    case "interrupted":
      if (!isCall(fields["call"])) return undefined;
      return { type: "interrupted", call: fields["call"] };
    case "unshareable":
      if (!isCall(fields["call"])) return undefined;
      return {
        type: "unshareable",
        call: fields["call"],
        tag: isUnshareableTag(fields["tag"]) ? fields["tag"] : "NotShareableError",
        message: typeof fields["message"] === "string"
          ? fields["message"].slice(0, MAX_MESSAGE)
          : "The value cannot cross",
      };
    case "uncaught":
      return { type: "uncaught", excinfo: checkExcinfo(fields["excinfo"]) };
    case "spans": {
      const { call, text } = fields;
      if (!isCall(call) || typeof text !== "string" || text.length > MAX_SPANS_LENGTH) {
        return undefined;
      }
      return { type: "spans", call, text };
    }
    case "exit":
      return { type: "exit", code: Number.isInteger(fields["code"]) ? Number(fields["code"]) : 1 };
    case "output": {
      const { stream, text } = fields;
      if (!isStream(stream) || typeof text !== "string" || text.length > OUTPUT_LENGTH) {
        return undefined;
      }
      return { type: "output", stream, text };
    }
    case "taken":
      if (!isCall(fields["creation"]) || !isStream(fields["stream"])) return undefined;
      return { type: "taken", creation: fields["creation"], stream: fields["stream"] };
    case "deposit":
      if (!Number.isSafeInteger(fields["channel"]) || !Number.isSafeInteger(fields["token"])) {
        return undefined;
      }
      if (!isPieceList(fields["pieces"]) || !isIdList(fields["channels"])) return undefined;
      return {
        type: "deposit",
        channel: Number(fields["channel"]),
        token: Number(fields["token"]),
        pieces: fields["pieces"],
        channels: fields["channels"],
      };
    case "discard":
      if (!Number.isSafeInteger(fields["token"])) return undefined;
      return { type: "discard", token: Number(fields["token"]) };
    case "channelClosed":
      if (!Number.isSafeInteger(fields["id"])) return undefined;
      return { type: "channelClosed", id: Number(fields["id"]) };
    case "channelsCollected":
      if (!isIdList(fields["ids"])) return undefined;
      return { type: "channelsCollected", ids: fields["ids"] };
    case "answer": {
      const outcome = checkOutcome(fields["outcome"]);
      if (!isCall(fields["caller"]) || !isCall(fields["call"]) || outcome === undefined) {
        return undefined;
      }
      return { type: "answer", caller: fields["caller"], call: fields["call"], outcome };
    }
    case "request":
      if (!isCall(fields["call"]) || !isOperation(fields["operation"])) return undefined;
      if (weightOfArgument(fields["argument"]) === undefined) return undefined;
      return {
        type: "request",
        call: fields["call"],
        operation: fields["operation"],
        argument: fields["argument"],
      };
    default:
      return undefined;
  }
}

function isUnshareableTag(tag: unknown): tag is "RangeError" | "TypeError" {
  return tag === "RangeError" || tag === "TypeError";
}
