// The arguments of the functions of `node:fs`, as source gives them.

import { builtin } from "../runtime/builtins.ts";
import { isMethod, type Method } from "../runtime/guard.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, Number, Object, Reflect, String, TypeError, Uint8Array } = globalThis;
const { get } = Reflect;
const { Buffer } = builtin<typeof import("node:buffer")>("node:buffer");
const toBuffer = Buffer.from.bind(Buffer);

/** The callback, which comes last. */
export function callbackOf(args: readonly unknown[]): Method {
  const callback = args[args.length - 1];
  if (isMethod(callback)) return callback;
  const error = new TypeError('The "cb" argument must be of type function');
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/** The encoding that options name, or that is given in their place. */
export function encodingOf(options: unknown): BufferEncoding | undefined {
  const encoding: unknown = typeof options === "object" && options !== null
    ? get(options, "encoding")
    : options;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- buffers refuse what is none
  return typeof encoding === "string" ? encoding as BufferEncoding : undefined;
}

/** Whether a value has options, and no bytes. */
export function isOptions(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

/** The bytes of what can be written: views, buffers, and anything else as text. */
export function bytesOf(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  return toBuffer(String(data));
}

/** The same, for text in an encoding. */
export function toBytes(data: unknown, encoding: BufferEncoding | undefined): Uint8Array {
  return typeof data === "string" && encoding !== undefined
    ? toBuffer(data, encoding)
    : bytesOf(data);
}

/**
 * A part of bytes.
 *
 * @param offset Where it begins; 0 without one.
 * @param length How many bytes it has; without a length it goes to the end.
 */
export function partOf(bytes: Uint8Array, offset: unknown, length: unknown): Uint8Array {
  const start = Number(offset ?? 0);
  return bytes.subarray(start, length == null ? undefined : start + Number(length));
}
