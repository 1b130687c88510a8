// Bun's own ways to use a file descriptor by its number, and to make a socket of one.

import { builtin } from "../../runtime/builtins.ts";
import type { Refuse } from "../isolation.ts";
import { isOwn } from "../file_descriptors.ts";
import { replace } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, Proxy, Reflect } = globalThis;
const { apply, construct } = Reflect;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction>;
type SocketClass = AnyFunction & { readonly prototype: Functions };

/** What takes a number in place of a path. */
const FILES = ["file", "write"];
/** What takes one among its options. */
const SOCKETS = ["connect", "listen", "serve", "udpSocket"];

/** Refuses all numbers but those of the standard streams and of what this thread has opened. */
export function closeBunDescriptors(bun: object, refuse: Refuse): void {
  const refused = refuse("use a file descriptor");
  const functions = bun as Functions;
  const check = (target: unknown) => {
    if (typeof target !== "number" && typeof target !== "bigint") return;
    if (target !== 0 && target !== 1 && target !== 2 && !isOwn(target)) refused();
  };
  /** Read once, and not from a prototype. */
  const withoutNumber = (options: unknown): unknown => {
    if (typeof options !== "object" || options === null) return options;
    const { fd, ...rest } = options as { readonly fd?: unknown };
    if (fd !== undefined && fd !== null) refused();
    return { ...rest, fd: undefined };
  };
  for (const name of FILES) {
    const original = functions[name];
    if (original === undefined) continue;
    functions[name] = (...args: unknown[]) => {
      check(args[0]);
      return apply(original, bun, args);
    };
  }
  for (const name of SOCKETS) {
    const original = functions[name];
    if (original === undefined) continue;
    functions[name] = (options: unknown, ...rest: unknown[]) =>
      apply(original, bun, [withoutNumber(options), ...rest]);
  }
  closeNodeSockets(withoutNumber);
}

/** `node:net` has the originals of these, and all sockets of the other modules come by here. */
function closeNodeSockets(withoutNumber: (options: unknown) => unknown): void {
  const net = builtin<Record<string, SocketClass>>("node:net");
  const { Socket } = net as { readonly Socket: SocketClass };
  const { prototype } = Socket;
  const connect = prototype["connect"]!;
  const guarded = new Proxy(Socket, {
    apply: (target, self, [options, ...rest]) =>
      apply(target, self, [withoutNumber(options), ...rest]),
    construct: (target, [options, ...rest], newTarget) =>
      construct(target, [withoutNumber(options), ...rest], newTarget as AnyFunction) as object,
  });
  for (const name of ["Socket", "Stream"]) net[name] = guarded;
  replace(prototype, "constructor", guarded);
  replace(prototype, "connect", function (this: unknown, options: unknown, ...rest: unknown[]) {
    // The modules of the runtime pass what they have read of the arguments, as a list.
    const isList = Array.isArray(options);
    const given = isList ? withoutNumberInside(options, withoutNumber) : withoutNumber(options);
    return apply(connect, this, [given, ...rest]);
  });
}

/** A copy, with the symbol by which Bun knows such a list. */
function withoutNumberInside(
  list: readonly unknown[],
  withoutNumber: (options: unknown) => unknown,
): unknown[] {
  const copy = [withoutNumber(list[0]), list[1]];
  for (const key of Object.getOwnPropertySymbols(list)) {
    Object.defineProperty(copy, key, { value: Reflect.get(list, key) });
  }
  return copy;
}
