// Modules of Deno's whose exports are to show what was changed in them. Source comes to one
// by an import, `require` or `process.getBuiltinModule`. The named exports are copied from its
// object when it is first imported: so it is changed before, and no earlier, because loading
// all that is changed takes 25 ms. Those that Deno has loaded by itself are fixed by then, and
// are imported by way of a stand-in (2.9, measured).

import process from "node:process";
import { builtin } from "./builtins.ts";
import { replace } from "./replace.ts";

// Taken now: source may declare names of its own that hide these.
const { JSON, Object, Set, String, encodeURIComponent } = globalThis;

const PREFIX = "node:";

/** Names of exports that are changed, by module. */
export type ChangedExports = Readonly<Record<string, readonly string[]>>;

const closers: ((name: string) => void)[] = [];
const fixed: Record<string, readonly string[] | undefined> = {};
/** Whether all stand-ins have been loaded: who asks in the name of one from then on is source. */
let isSealed = false;

/**
 * Calls back with the name of each of the runtime's modules before source gets hold of it.
 *
 * @param changed What is changed in modules whose named exports are fixed already.
 * @returns Whether it does; a version of Deno may not have what it takes.
 */
export function beforeUse(close: (name: string) => void, changed: ChangedExports): boolean {
  const { registerHooks } = builtin<{ registerHooks?: RegisterHooks }>("module");
  if (registerHooks === undefined) return false;
  for (const [name, exports] of Object.entries(changed)) {
    fixed[name] = [...new Set([...fixed[name] ?? [], ...exports])];
  }
  closers.push(close);
  if (closers.length === 1) hook(registerHooks);
  return true;
}

/** No module gets what was changed from now on, not a stand-in either: all have been imported. */
export function sealModules(): void {
  isSealed = true;
}

function hook(registerHooks: RegisterHooks): void {
  const closeAll = (name: string) => {
    for (let i = 0; i < closers.length; i++) closers[i]!(name);
  };
  const standIns: Record<string, string | undefined> = {};
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const { url } = resolved;
      // Nothing was found for the importer that has no URL: the runtime says so itself.
      if (url === null) return resolved;
      const name = withoutPrefix(url);
      if (name === url) return resolved;
      closeAll(name);
      const changed = fixed[name];
      if (changed === undefined || isRequire(context)) return resolved;
      const other = standIns[name] ??= standIn(name, changed);
      if (context.parentURL === other && !isSealed) return resolved;
      return { url: other, format: "module", shortCircuit: true };
    },
  });
  const get = process.getBuiltinModule.bind(process);
  replace(process, "getBuiltinModule", (name: unknown) => {
    const text = String(name);
    closeAll(withoutPrefix(text));
    return get(text);
  });
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
  const specifier = JSON.stringify(`node:${name}`);
  const all = builtin<Record<string, unknown>>(name);
  const text = `import all from ${specifier};export*from ${specifier};export default all;` +
    changed.filter((key) => key in all).map((key) =>
      `const $${key}=all.${key};export{$${key} as ${key}};`
    ).join("");
  return `data:text/javascript,${encodeURIComponent(text)}`;
}
