// Bun's own ways to use a file descriptor by its number, and to make a socket of one. The numbers
// belong to the whole process (confine/file_descriptors.ts), so an isolated interpreter may use
// those of the standard streams and of what it has opened itself.

import { builtin } from "../../runtime/builtins.ts";
import {
  type Class,
  guarded,
  isMethod,
  methodOf,
  replaceConstructor,
} from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import { isOwn } from "../file_descriptors.ts";
import { put, type Refuse } from "../refusals.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, Reflect } = globalThis;
const { apply, get } = Reflect;

/** Functions of `Bun` that take a number in place of a path. */
const FILES = ["file", "write"];
/** Functions of `Bun` that take one among their options. */
const SOCKETS = ["connect", "listen", "serve", "udpSocket"];

/** Refuses all other numbers. */
export function closeDescriptors(bun: object, refuse: Refuse): void {
  const refused = refuse("use a file descriptor");
  const check = (target: unknown) => {
    if (typeof target !== "number" && typeof target !== "bigint") return;
    if (target !== 0 && target !== 1 && target !== 2 && !isOwn(target)) refused();
  };
  /** A copy of the options: they are read once, and a prototype gives them no number. */
  const withoutNumber = (options: unknown): unknown => {
    if (typeof options !== "object" || options === null) return options;
    const { fd, ...rest }: { readonly fd?: unknown } = options;
    if (fd !== undefined && fd !== null) refused();
    return { ...rest, fd: undefined };
  };
  for (const name of FILES) {
    const original: unknown = get(bun, name);
    if (!isMethod(original)) continue;
    put(bun, name, (...args: unknown[]) => {
      check(args[0]);
      return apply(original, bun, args);
    });
  }
  for (const name of SOCKETS) {
    const original: unknown = get(bun, name);
    if (!isMethod(original)) continue;
    put(
      bun,
      name,
      (options: unknown, ...rest: unknown[]) =>
        apply(original, bun, [withoutNumber(options), ...rest]),
    );
  }
  closeNodeSockets(withoutNumber);
}

/** `node:net` has the originals of these; all sockets of the other modules are made by its class. */
function closeNodeSockets(withoutNumber: (options: unknown) => unknown): void {
  const net = builtin<{ readonly Socket: Class }>("node:net");
  const { Socket } = net;
  const { prototype } = Socket;
  const connect = methodOf(prototype, "connect");
  const guard = guarded(Socket, {
    check: (args) => {
      args[0] = withoutNumber(args[0]);
    },
  });
  for (const name of ["Socket", "Stream"]) put(net, name, guard);
  replaceConstructor(Socket, guard);
  replace(prototype, "connect", function (this: unknown, options: unknown, ...rest: unknown[]) {
    // The modules of the runtime pass what they have read of the arguments, as a list.
    const isList = Array.isArray(options);
    const given = isList ? withoutNumberInside(options, withoutNumber) : withoutNumber(options);
    return apply(connect, this, [given, ...rest]);
  });
}

/** A copy of such a list, with the symbol by which Bun knows it. */
function withoutNumberInside(
  list: readonly unknown[],
  withoutNumber: (options: unknown) => unknown,
): unknown[] {
  const copy = [withoutNumber(list[0]), list[1]];
  for (const key of Object.getOwnPropertySymbols(list)) {
    Object.defineProperty(copy, key, { value: get(list, key) });
  }
  return copy;
}
