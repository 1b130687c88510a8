// The one check of what comes out of an interpreter. A guest may run hostile
// source, so the host believes no frame before it has been through here: what
// does not have the right shape is `undefined`, and the caller drops it.

import { checkExcinfo } from "../codec/excinfo.ts";
import type { GuestFrame, Outcome, Packed, RequestOperation } from "./frames.ts";

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
  openChannel: true,
  listChannels: true,
  withdraw: true,
  call: true,
} satisfies Record<RequestOperation, true>;

type Fields = Readonly<Record<string, unknown>>;

/** The value's own fields, if it is an object at all. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function isCall(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isOperation(value: unknown): value is RequestOperation {
  return typeof value === "string" && Object.hasOwn(OPERATIONS, value);
}

/** Whether every element is shared memory. */
export function isSharedList(value: unknown): value is readonly SharedArrayBuffer[] {
  return Array.isArray(value) && value.every((item) => item instanceof SharedArrayBuffer);
}

/** A copied value, or `undefined` if it does not have the shape of one. */
export function checkPacked(value: unknown): Packed | undefined {
  const { bytes, shared } = fieldsOf(value);
  if (!(bytes instanceof Uint8Array) || !isSharedList(shared)) return undefined;
  return { bytes, shared };
}

/** How a call ended, if it has the shape of that. */
function checkOutcome(value: unknown): Outcome | undefined {
  const { ok, value: result, failure } = fieldsOf(value);
  if (ok === true) {
    const packed = checkPacked(result);
    return packed === undefined ? undefined : { ok, value: packed };
  }
  const { tag, message, excinfo } = fieldsOf(failure);
  if (typeof tag !== "string" || typeof message !== "string") return undefined;
  const told = { tag, message };
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
    case "loaded":
    case "asleep":
      return { type: fields["type"] };
    case "done": {
      if (!isCall(fields["call"])) return undefined;
      const value = fields["value"] === null ? null : checkPacked(fields["value"]);
      return value === undefined ? undefined : { type: "done", call: fields["call"], value };
    }
    case "failed":
      if (!isCall(fields["call"])) return undefined;
      return { type: "failed", call: fields["call"], excinfo: checkExcinfo(fields["excinfo"]) };
    case "unshareable":
      if (!isCall(fields["call"])) return undefined;
      return {
        type: "unshareable",
        call: fields["call"],
        tag: fields["tag"] === "RangeError" ? "RangeError" : "NotShareableError",
        message: String(fields["message"]),
      };
    case "uncaught":
      return { type: "uncaught", excinfo: checkExcinfo(fields["excinfo"]) };
    case "exit":
      return { type: "exit", code: Number.isInteger(fields["code"]) ? Number(fields["code"]) : 1 };
    case "deposit":
      if (!Number.isSafeInteger(fields["channel"]) || !Number.isSafeInteger(fields["token"])) {
        return undefined;
      }
      if (!isSharedList(fields["buffers"])) return undefined;
      return {
        type: "deposit",
        channel: Number(fields["channel"]),
        token: Number(fields["token"]),
        buffers: fields["buffers"],
      };
    case "discard":
      if (!Number.isSafeInteger(fields["token"])) return undefined;
      return { type: "discard", token: Number(fields["token"]) };
    case "answer": {
      const outcome = checkOutcome(fields["outcome"]);
      if (!isCall(fields["caller"]) || !isCall(fields["call"]) || outcome === undefined) {
        return undefined;
      }
      return { type: "answer", caller: fields["caller"], call: fields["call"], outcome };
    }
    case "request":
      if (!isCall(fields["call"]) || !isOperation(fields["operation"])) return undefined;
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
