// Sockets and terminals of a number: whoever has the number of something that the process
// has open could read, write and close it (own_descriptors.ts). So an isolated interpreter
// makes none.

import { builtin, process } from "./builtins.ts";
import type { Refuse } from "./isolation.ts";
import { replace } from "./replace.ts";
import { standardStream } from "./streams.ts";

// Taken now: source may declare names of its own that hide these.
const { Proxy, Reflect } = globalThis;
const { construct } = Reflect;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Binding = Readonly<Record<string, { readonly prototype: object } | undefined>>;
interface ProcessInside {
  noDeprecation?: boolean;
  binding(name: string): Binding;
}

/** What `node:net` and `node:dgram` are made of. */
const OPENERS = [["pipe_wrap", "Pipe"], ["tcp_wrap", "TCP"], ["udp_wrap", "UDP"]] as const;
const USE = "use a file descriptor";

/** Refuses to make a socket of a number. */
export function closeOpeners(refuse: Refuse): void {
  for (const [binding, name] of OPENERS) {
    const prototype = bindingOf(binding)[name]?.prototype;
    if (prototype !== undefined) replace(prototype, "open", refuse(USE));
  }
}

/** Lets `node:tty` make nothing of a number: the streams of the process are streams of this thread. */
export function closeTerminals(refuse: Refuse): void {
  const terminal = bindingOf("tty_wrap")["TTY"]?.prototype;
  if (terminal !== undefined) replace(terminal, "constructor", refuse(USE));
  guardTerminals(refuse(USE));
}

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

/** What the runtime has of Node's insides; nothing, if it does not have that. */
export function bindingOf(name: string): Binding {
  const inside = process as unknown as ProcessInside;
  const { noDeprecation } = inside;
  // The warning is for those who use more of it than a prototype.
  inside.noDeprecation = true;
  try {
    return inside.binding(name);
  } catch {
    return {};
  } finally {
    if (noDeprecation === undefined) Reflect.deleteProperty(inside, "noDeprecation");
    else inside.noDeprecation = noDeprecation;
  }
}
