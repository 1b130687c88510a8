// Modules of Deno's whose exports are to show what was changed in them. Source comes to one
// by an import, `require` or `process.getBuiltinModule`, and all of these lead to one object;
// but what an import gives by name is copied from that, at the latest when it is first
// imported, and for some modules before any line of ours runs (2.9, measured). So confine/deno/preload.ts
// imports all of them once they are changed, and compares: where a name differs from the
// object, source is given a stand-in that exports what the object has.

import { SafeMap, SafeSet } from "../../primordials.ts";
import { builtin, process } from "../builtins.ts";
import { replace } from "../replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, JSON, Object, Reflect, String, encodeURIComponent } = globalThis;
const { has } = Reflect;

const PREFIX = "node:";

const closers: ((name: string) => void)[] = [];
/** By the name of the module. */
const standIns = new SafeMap<string, string>();
/** All modules there are for source, from when on they are loaded. */
const known = new SafeSet<string>();
let isSealed = false;

/**
 * Calls back with the name of each of the runtime's modules when it is first loaded.
 *
 * @returns Whether it does; a version of Deno may not have what it takes.
 */
export function beforeUse(close: (name: string) => void): boolean {
  const { registerHooks } = builtin<{ registerHooks?: RegisterHooks }>("module");
  if (registerHooks === undefined) return false;
  closers.push(close);
  if (closers.length === 1) hook(registerHooks);
  return true;
}

/** Makes what an import gives by name be what the module's object has now. */
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

/** From now on nobody gets a module as it was, nor one that was not loaded. */
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
      // Nothing was found for the importer that has no URL: the runtime says so itself.
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

/** Lets a module be loaded: once all are, none that source was not meant to see. */
function open(name: string): void {
  if (!isSealed) { for (let i = 0; i < closers.length; i++) closers[i]!(name); }
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

/** Without methods that source could have replaced, to be given what is closed. */
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

/** A module that exports what the runtime's does, but for what was changed. */
function standIn(name: string, changed: readonly string[]): string {
  const specifier = JSON.stringify(`${PREFIX}${name}`);
  const text = `import all from ${specifier};export*from ${specifier};export default all;` +
    changed.map((key) => `const $${key}=all.${key};export{$${key} as ${key}};`).join("");
  return `data:text/javascript,${encodeURIComponent(text)}`;
}
