// One realm, one door. A file that source imports may load a second copy of the module, and
// so may a program. A later copy of the same version hands out what the first one does
// (src/door.js): so handles, errors and `instanceof` agree, and there is one host. What lies
// here is what anybody gets by importing the module, and nothing else.

import type * as api from "./exports.ts";
import { markCopy } from "../codec/handles.ts";
import { ownFile } from "../runtime/own_files.ts";
import { receivingEnd, sendingTo } from "./ends.ts";
import type { Inspection } from "./inspection.ts";
import { gettingEnd, puttingTo } from "./queue_ends.ts";
import { heedSignal, watchSignal } from "./signal.ts";
import { innerTrace, tracing } from "./tracing.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, Symbol, globalThis: realm } = globalThis;
const { get } = Reflect;

/** What copies of the module share. */
export interface Shared {
  /** Everything that the module exports. */
  readonly door: Readonly<typeof api>;
  /** What only the module's other doors need. */
  readonly receivingEnd: typeof receivingEnd;
  readonly sendingTo: typeof sendingTo;
  readonly gettingEnd: typeof gettingEnd;
  readonly puttingTo: typeof puttingTo;
  readonly watchSignal: typeof watchSignal;
  readonly tracing: typeof tracing;
  readonly innerTrace: typeof innerTrace;
  /** What the host shows of itself; `undefined` inside an interpreter. */
  readonly inspection: Inspection | undefined;
}

/** The package's version. A copy of another version keeps to itself. */
export const VERSION = "0.1.0";

/** Classes of handles, which mean nothing to a copy of another version. */
const HANDLES = [
  "Interpreter",
  "InterpreterPoolExecutor",
  "Queue",
  "RecvChannel",
  "SendChannel",
] as const;

const KEY = Symbol.for(`subinterpreters@${VERSION}`);

/** What the first copy of the module in this realm shares; `undefined` if this is the first. */
export function shared(): Shared | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only share() of this very version puts it there
  return get(realm, KEY) as Shared | undefined;
}

/** Makes this copy the first of its realm; nobody can change what it shares. */
export function share(door: Shared["door"], inspection?: Inspection): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the loop gives it all of them
  const frozen = Object.create(null) as typeof door;
  for (const key of Object.keys(door).toSorted()) {
    Object.defineProperty(
      frozen,
      key,
      key === "signal"
        ? { get: heedSignal, enumerable: true }
        : { value: get(door, key) as unknown, enumerable: true },
    );
  }
  const copy = `${VERSION} in ${ownFile("").href}`;
  for (const name of HANDLES) markCopy(door[name].prototype, copy);
  // Namespaces of modules have it.
  Object.defineProperty(frozen, Symbol.toStringTag, { value: "Module" });
  Object.freeze(frozen);
  const value = Object.freeze({
    door: frozen,
    receivingEnd,
    sendingTo,
    gettingEnd,
    puttingTo,
    watchSignal,
    tracing,
    innerTrace,
    inspection,
  });
  Object.defineProperty(realm, KEY, { value });
}
