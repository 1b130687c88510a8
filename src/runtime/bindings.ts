// Node's insides (`process.binding`), as far as a runtime has them: the native classes that its
// built-in modules are made of.

import { process } from "./builtins.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect } = globalThis;

type Binding = Readonly<Record<string, { readonly prototype: object } | undefined>>;

/** A binding of Node's; empty, if the runtime does not have that. */
export function bindingOf(name: string): Binding {
  const noDeprecation: unknown = Reflect.get<object, string>(process, "noDeprecation");
  // The warning is for those who use more of a binding than a prototype.
  Reflect.set(process, "noDeprecation", true);
  try {
    const binding: (name: string) => Binding = Reflect.get<object, string>(process, "binding");
    return Reflect.apply(binding, process, [name]);
  } catch {
    return {};
  } finally {
    if (noDeprecation === undefined) Reflect.deleteProperty(process, "noDeprecation");
    else Reflect.set(process, "noDeprecation", noDeprecation);
  }
}
