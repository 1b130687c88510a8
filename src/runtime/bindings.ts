// What a runtime has of Node's insides (`process.binding`): native classes that its built-in
// modules are made of.

import { process } from "./builtins.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect } = globalThis;

type Binding = Readonly<Record<string, { readonly prototype: object } | undefined>>;
interface ProcessInside {
  noDeprecation?: boolean;
  binding(name: string): Binding;
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
