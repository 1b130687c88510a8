// What source could do to the process by exits, environment variables and arguments: here that
// concerns its interpreter alone.

import { builtin, process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { replace } from "../runtime/replace.ts";
import type { CallHandlers } from "./uncaught.ts";

// Taken now: source may declare names of its own that hide these.
const { Number, Object, Proxy, Reflect, Set, String } = globalThis;
const { isInteger } = Number;

/** Ends this thread, by the runtime's own way, without what source wants done at an exit. */
export function threadExit(): () => void {
  // The others have no `close`, or one that waits for the end of the turn.
  const { close, Deno } = globals;
  if (Deno !== undefined && close !== undefined) return close.bind(globalThis);
  // The types of Node leave it out.
  const reallyExit: (code: number) => never = Reflect.get(process, "reallyExit");
  return reallyExit.bind(process, 1);
}

const emit = process.emit.bind(process);
const removeAllListeners = process.removeAllListeners.bind(process);
let isExiting = false;

/**
 * Calls back instead of ending the process or the thread, when the `exit` handlers of source
 * have run.
 */
export function interceptExit(exit: (code: number) => never, callHandlers: CallHandlers): void {
  const intercepted = (code?: unknown): never => exit(callExitHandlers(code, callHandlers));
  replace(process, "exit", intercepted);
  replace(process, "reallyExit", (code?: unknown) => exit(toExitCode(code ?? process.exitCode)));
  if (globals.Deno !== undefined) replace(globals.Deno, "exit", intercepted);
}

/** Calls the `exit` handlers of source, once, and gives the exit code as they leave it. */
export function callExitHandlers(code: unknown, callHandlers: CallHandlers): number {
  const before = process.exitCode;
  const asked = toExitCode(code ?? before);
  if (isExiting) return asked;
  isExiting = true;
  callHandlers(() => {
    emit("exit", asked);
  });
  // Bun 1.4 would call them again when the thread is killed.
  if (globals.Bun !== undefined) callHandlers(() => void removeAllListeners("exit"));
  return process.exitCode === before ? asked : toExitCode(process.exitCode);
}

function toExitCode(code: unknown): number {
  const number = Number(code ?? 0);
  return isInteger(number) ? number : 1;
}

/**
 * Fills the environment in.
 *
 * @param asks Whether to ask Deno for a variable that is not there, because Deno may refuse.
 */
type FillEnvironment = (env: Readonly<Record<string, string>>, asks: boolean) => void;

/** Gives this thread environment variables of its own; on Deno all threads share the process's. */
export function ownEnvironment(): FillEnvironment {
  const { Deno } = globals;
  if (Deno === undefined) {
    // On the others a thread has its own from the start; that of a spare is empty.
    return (env) => {
      for (const [key, value] of Object.entries(env)) {
        if (process.env[key] !== value) process.env[key] = value;
      }
    };
  }
  const own: Record<string, string> = {};
  let asks = false;
  let asksForAll = false;
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
      if (asksForAll) toObject();
      return { ...own };
    },
  });
  return (env, mayRefuse) => {
    Object.assign(own, env);
    asks = mayRefuse;
    asksForAll = mayRefuse && Object.keys(env).length === 0;
  };
}

/**
 * Gives source the arguments of the program, after this thread's own name. With the program's name a
 * module that looks whether it was started directly would take itself for the program.
 */
export async function ownArguments(): Promise<(args: readonly string[]) => void> {
  const { Bun, Deno } = globals;
  const lists = new Set([process.argv, Bun?.argv]);
  // The named export of the module is another list.
  if (Deno !== undefined) lists.add((await import("node:process")).argv);
  return (args) => {
    if (Deno !== undefined) replace(Deno, "args", [...args]);
    for (const list of lists) list?.splice(2, Infinity, ...args);
  };
}

/** An environment as Node has it: whatever is assigned becomes a string. */
function asText(own: Record<string, string>): Record<string, string> {
  return new Proxy(own, {
    set: (_, key, value) => Reflect.set(own, key, typeof key === "symbol" ? value : String(value)),
  });
}
