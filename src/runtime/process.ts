// What source in a guest could do to the process, bent so that it concerns the
// interpreter alone: exits, errors that nobody caught, environment variables.

import { builtin, process } from "./builtins.ts";
import { globals } from "./globals.ts";
import { replace } from "./replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Number, Object, Proxy, Reflect, Set, String } = globalThis;
const { isInteger } = Number;

/** Ends this thread, by the runtime's own way, without what source wants done at an exit. */
export function threadExit(): () => void {
  // On Deno a worker's; the others have none, or one that waits for the end of the turn.
  const { close } = globalThis as unknown as { close: () => void };
  if (globals.Deno !== undefined) return close.bind(globalThis);
  // The types of Node leave it out.
  return (process as unknown as { reallyExit(code: number): never }).reallyExit.bind(process, 1);
}

/** Calls back instead of ending the process or the thread. */
export function interceptExit(exit: (code: number) => never): void {
  const intercepted = (code?: unknown): never => exit(toExitCode(code ?? process.exitCode));
  replace(process, "exit", intercepted);
  replace(process, "reallyExit", intercepted);
  if (globals.Deno !== undefined) replace(globals.Deno, "exit", intercepted);
}

function toExitCode(code: unknown): number {
  const number = Number(code ?? 0);
  return isInteger(number) ? number : 1;
}

interface StrayEvent {
  readonly error?: unknown;
  readonly reason?: unknown;
  readonly message?: string;
  preventDefault(): void;
}

interface EventScope {
  addEventListener(type: string, listener: (event: StrayEvent) => void): void;
}

/** Calls back for what source throws from a timer, and for promises it leaves rejected. */
export function catchStrayErrors(report: (error: unknown) => void): void {
  if (globals.Deno === undefined) {
    process.on("uncaughtException", report);
    process.on("unhandledRejection", report);
    return;
  }
  // Deno raises both of these as web events too; reporting one kind is enough.
  const scope = globalThis as unknown as EventScope;
  scope.addEventListener("error", (event) => {
    event.preventDefault();
    report(event.error ?? event.message);
  });
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    report(event.reason);
  });
}

/**
 * Gives this thread environment variables of its own; Deno's are the process's otherwise.
 *
 * @param asks Whether Deno is asked for a variable that there is not, because it may refuse.
 */
export function ownEnvironment(env: Readonly<Record<string, string>>, asks: boolean): void {
  const { Deno } = globals;
  if (Deno === undefined) {
    // A thread of the others has its own from the start, but for spares: theirs is empty.
    for (const [key, value] of Object.entries(env)) {
      if (process.env[key] !== value) process.env[key] = value;
    }
    return;
  }
  const own: Record<string, string> = { ...env };
  replace(process, "env", asText(own));
  // Deno's would set the variables of the process.
  replace(process, "loadEnvFile", (path: string | URL = ".env") => {
    const { readFileSync } = builtin<typeof import("node:fs")>("fs");
    const { parseEnv } = builtin<typeof import("node:util")>("util");
    const loaded = parseEnv(readFileSync(path, "utf8"));
    for (const [key, value] of Object.entries(loaded)) {
      if (!Object.hasOwn(own, key) && value !== undefined) own[key] = value;
    }
  });
  const { env: original } = Deno;
  const get = original.get.bind(original);
  const toObject = original.toObject.bind(original);
  replace(Deno, "env", {
    get: (key: string) => {
      if (Object.hasOwn(own, key)) return own[key];
      if (asks) get(key);
      return undefined;
    },
    set: (key: string, value: unknown) => {
      own[key] = String(value);
    },
    has: (key: string) => Object.hasOwn(own, key),
    delete: (key: string) => {
      Reflect.deleteProperty(own, key);
    },
    toObject: () => {
      if (asks && Object.keys(env).length === 0) toObject();
      return { ...own };
    },
  });
}

/**
 * Makes the arguments those of the program, after this thread's own name: by the program's
 * own, a module that looks whether it was started would take itself for it.
 */
export async function ownArguments(args: readonly string[]): Promise<void> {
  const { Bun, Deno } = globals;
  const lists = new Set([process.argv, Bun?.argv]);
  if (Deno !== undefined) {
    replace(Deno, "args", [...args]);
    // The one that is exported by name is another.
    lists.add((await import("node:process")).argv);
  }
  for (const list of lists) list?.splice(2, Infinity, ...args);
}

/** As Node has it: whatever is assigned becomes a string. */
function asText(own: Record<string, string>): Record<string, string> {
  return new Proxy(own, {
    set: (_, key, value) => Reflect.set(own, key, typeof key === "symbol" ? value : String(value)),
  });
}
