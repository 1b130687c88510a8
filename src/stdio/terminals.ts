// The classes of `node:tty`. The numbers of the three standard streams give the streams of this
// thread, which are the module's own. What any other number gives confinement decides
// (confine/sockets.ts).

import { builtin } from "../runtime/builtins.ts";
import { guarded, methodOf, newObject, replaceConstructor } from "../runtime/guard.ts";
import { replace } from "../runtime/replace.ts";
import { standardStream } from "./streams.ts";

/**
 * Makes `node:tty` give this thread's own streams for the three standard ones.
 *
 * @param refused Refuses any other number; without it the runtime makes a stream.
 */
export function guardTerminals(refused?: () => never): void {
  const tty = builtin("node:tty");
  for (const name of ["ReadStream", "WriteStream"]) {
    const original = methodOf(tty, name);
    const make = (args: unknown[], newTarget: unknown): object => {
      const own = standardStream(args[0]);
      if (own !== undefined) return own;
      refused?.();
      return newObject(original, args, newTarget);
    };
    const guard = guarded(original, { called: (args) => make(args, original), make });
    replace(tty, name, guard);
    replaceConstructor(original, guard);
  }
}
