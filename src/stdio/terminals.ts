// The classes of `node:tty`. The numbers of the three standard streams give the streams of this
// thread, which are the module's own; what any other number gives is for confinement to say.

import { builtin } from "../runtime/builtins.ts";
import { replace } from "../runtime/replace.ts";
import { standardStream } from "./streams.ts";

// Taken now: source may declare names of its own that hide these.
const { Proxy, Reflect } = globalThis;
const { construct } = Reflect;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Makes `node:tty` give this thread's own streams for the three standard ones. */
export function guardTerminals(refused?: () => never): void {
  const tty = builtin<Record<string, AnyFunction & { readonly prototype: object }>>("node:tty");
  for (const name of ["ReadStream", "WriteStream"]) {
    const original = tty[name]!;
    const make = (args: unknown[], newTarget: unknown): object => {
      const own = standardStream(args[0]);
      if (own !== undefined) return own;
      refused?.();
      return construct(original, args, newTarget as AnyFunction) as object;
    };
    const guarded = new Proxy(original, {
      apply: (target, _, args) => make(args, target),
      construct: (_, args, newTarget) => make(args, newTarget),
    });
    replace(tty, name, guarded);
    replace(original.prototype, "constructor", guarded);
  }
}
