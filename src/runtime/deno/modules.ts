// Built-in modules of Deno's whose named exports are to show what was changed in them. Source comes
// to a module by an import, `require` or `process.getBuiltinModule`, and all of these lead to one
// object. But Deno copies the named exports from that object, at the latest when the module is first
// imported, and for some modules before any line of ours runs (Deno 2.9, measured). So
// confine/deno/preload.ts imports all modules once they are changed, and compares. Where a name
// differs from the object, source is given a stand-in: a module that exports what the object has.

import { SafeMap, SafeSet } from "../../primordials.ts";
import { builtin, process } from "../builtins.ts";
import { replace } from "../replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, JSON, Object, Reflect, String, encodeURIComponent } = globalThis;
const { has } = Reflect;

const PREFIX = "node:";

const closers: ((name: string) => void)[] = [];
/** The URLs of stand-ins, by the name of the module. */
const standIns = new SafeMap<string, string>();
/** All modules that source may have, once they have been loaded. */
const known = new SafeSet<string>();
let isSealed = false;

/**
 * Calls back with the name of each built-in module when it is first loaded.
 *
 * @returns Whether it will; a version of Deno may not have what that takes.
 */
export function beforeUse(close: (name: string) => void): boolean {
  const { registerHooks } = builtin<{ registerHooks?: RegisterHooks }>("module");
  if (registerHooks === undefined) return false;
  closers.push(close);
  if (closers.length === 1) hook(registerHooks);
  return true;
}

/** Makes the named exports of a module what its object has now. */
export async function showChanges(name: string, exports: object): Promise<void> {
  const bare = withoutPrefix(name);
  known.add(bare);
  if (closers.length === 0) return;
  const changed = changedNames(exports, builtin(name));
  if (changed.length === 0) return;
  const url = standIn(bare, changed);
  standIns.set(bare, url);
  await import(url);
}

/** From now on source gets no module as it was, and none that has not been loaded. */
export function sealModules(): void {
  isSealed = true;
}

function changedNames(exports: object, module: object): string[] {
  return Object.keys(exports).filter((name) => {
    if (name === "default" || !has(module, name)) return false;
    return !Object.is(Reflect.get(exports, name), Reflect.get(module, name));
  });
}

function hook(registerHooks: RegisterHooks): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const { url } = resolved;
      // Nothing was found, for an importer that has no URL: the runtime says so itself.
      if (url === null) return resolved;
      const name = withoutPrefix(url);
      if (name === url) return resolved;
      open(name);
      const other = standIns.get(name);
      if (other === undefined || isRequire(context)) return resolved;
      if (context.parentURL === other && !isSealed) return resolved;
      return { url: other, format: "module", shortCircuit: true };
    },
  });
  const get = process.getBuiltinModule.bind(process);
  replace(process, "getBuiltinModule", (name: unknown) => {
    const text = String(name);
    if (!isSealed) open(withoutPrefix(text));
    return get(text);
  });
}

/** Lets a module be loaded. Once all have been, others are refused: source was not meant to see them. */
function open(name: string): void {
  if (!isSealed) { for (let i = 0; i < closers.length; i++) closers[i]?.(name); }
  else if (!known.has(name)) throw new Error(`No such built-in module: ${PREFIX}${name}`);
}

interface Resolved {
  readonly url: string | null;
  readonly format?: string;
  readonly shortCircuit?: boolean;
}

interface ResolveContext {
  readonly conditions?: readonly string[];
  readonly parentURL?: string;
}

type RegisterHooks = (hooks: {
  resolve(
    specifier: string,
    context: ResolveContext,
    next: (specifier: string, context: ResolveContext) => Resolved,
  ): Resolved;
}) => void;

/** Uses no methods that source could have replaced: it would be given names of closed modules. */
function withoutPrefix(text: string): string {
  for (let i = 0; i < PREFIX.length; i++) if (text[i] !== PREFIX[i]) return text;
  let name = "";
  for (let i = PREFIX.length; i < text.length; i++) name += text[i];
  return name;
}

function isRequire({ conditions = [] }: ResolveContext): boolean {
  for (let i = 0; i < conditions.length; i++) if (conditions[i] === "require") return true;
  return false;
}

/** The URL of a module that exports what the runtime's own does, but for what was changed. */
function standIn(name: string, changed: readonly string[]): string {
  const specifier = JSON.stringify(`${PREFIX}${name}`);
  const text = `import all from ${specifier};export*from ${specifier};export default all;` +
    changed.map((key) => `const $${key}=all.${key};export{$${key} as ${key}};`).join("");
  return `data:text/javascript,${encodeURIComponent(text)}`;
}
