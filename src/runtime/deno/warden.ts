// Deno's permissions. Only web workers can be given fewer than the process has, and a web
// worker that loops cannot be killed. So for each set of permissions there is a warden: a
// web worker that runs no source, and starts threads that have its permissions and can be
// killed. A thread's wire goes through it to the host, not by it.

import { fileURLToPath } from "node:url";
import { InterpreterError, UnsupportedError } from "../../errors.ts";
import type { PermissionName, ThreadPermissions } from "../../protocol/options.ts";
import type { SpawnOptions, Thread } from "../adapter.ts";
import { areWorkerPermissionsEnabled, mayPrompt } from "./flags.ts";
import { openWire } from "./wire.ts";
import { globals, type WebWorker } from "../globals.ts";
import { ownFile, ownSource } from "../own_files.ts";
import type { WardenOrder, WardenReport } from "./warden_worker.ts";

const WHAT = "Cannot create an interpreter";

/** The folder that threads load this module from. */
const HOME = ownFile("");

const FILE = ownSource("runtime/deno/warden_worker");

/** By set; a warden that has nobody left to watch is gone. */
const wardens = new Map<string, Warden>();

/** What a single thing is called that a permission of the kind can be asked for. */
const ONE: Readonly<Record<PermissionName, string>> = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  sys: "kind",
  run: "command",
  ffi: "path",
  import: "host",
};

/** Whether the process itself has each permission of a set at this moment, as text to compare. */
function heldNow(permissions: ThreadPermissions): string {
  const names = Object.keys(permissions) as PermissionName[];
  return names.flatMap((name) => {
    const value = permissions[name];
    return (typeof value === "object" ? value : [undefined]).map((one) => stateOf(name, one));
  }).join();
}

function stateOf(name: PermissionName, one: string | undefined): string | undefined {
  try {
    return globals.Deno?.permissions.querySync({ name, [ONE[name]]: one }).state;
  } catch {
    // What cannot be asked for cannot be given up either; who starts the warden tells if it is wrong.
    return undefined;
  }
}

/**
 * Whether the process has lost permissions of the set since its warden was started, which
 * still has them, as its threads do. Then the next warden of the set is another.
 */
export function hasLost(permissions: ThreadPermissions): boolean {
  const key = JSON.stringify(permissions);
  const warden = wardens.get(key);
  if (warden === undefined || warden.held === heldNow(permissions)) return false;
  wardens.delete(key);
  return true;
}

/**
 * The warden of a set, started if there is none.
 *
 * @throws {UnsupportedError} Deno was started without the flag that this takes, or in a way
 * that makes it ask at the terminal.
 * @throws {InterpreterError} The process has not all of these permissions itself.
 * @throws {TypeError} Deno does not understand them.
 */
export function wardenOf(permissions: ThreadPermissions): Warden {
  const key = JSON.stringify(permissions);
  const known = wardens.get(key);
  if (known !== undefined) return known;
  if (!areWorkerPermissionsEnabled()) {
    throw new UnsupportedError(
      `${WHAT}: Deno enforces permissions of workers only with its flag worker-options; add "unstable": ["worker-options"] to deno.json, or run deno with --unstable-worker-options`,
    );
  }
  if (mayPrompt()) {
    throw new UnsupportedError(
      `${WHAT}: at a terminal Deno would not deny what permissions leave out, but ask the user; start deno with DENO_NO_PROMPT=1 in its environment, which it may look up (its flag --no-prompt and what is set later cannot be seen)`,
    );
  }
  const warden: Warden = new Warden(permissions, () => {
    if (wardens.get(key) === warden) wardens.delete(key);
  });
  wardens.set(key, warden);
  return warden;
}

/** One set of permissions, and the threads that have it. */
export class Warden {
  /** What the process held when it was started. */
  readonly held: string;
  readonly #worker: WebWorker;
  readonly #threads = new Map<number, SpawnOptions["onEnd"]>();
  readonly #onGone: () => void;
  #lastId = 0;

  constructor(permissions: ThreadPermissions, onGone: () => void) {
    this.#onGone = onGone;
    this.held = heldNow(permissions);
    this.#worker = startWarden(withHome(permissions));
    this.#worker.addEventListener("message", ({ data }) => this.#onReport(data as WardenReport));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      // Of a file that is not there Deno gives the text alone.
      this.#onCrash(event.error ?? new Error(event.message));
    });
  }

  /** Starts a thread. */
  spawn({ entry, name, boot, limits, onEnd }: SpawnOptions): Thread {
    const { port, ends, stopped } = openWire();
    const id = ++this.#lastId;
    let hasEnded = false;
    this.#threads.set(id, (end) => {
      if (terminated === undefined) onEnd(end);
      hasEnded = true;
    });
    this.#order({ type: "spawn", id, entry: entry.href, name, boot, limits, ends }, [
      ends.port,
      ends.knock,
    ]);
    let terminated: Promise<void> | undefined;
    return {
      port,
      terminate: () => {
        if (terminated === undefined) {
          terminated = stopped;
          if (!hasEnded) this.#order({ type: "kill", id });
        }
        return terminated;
      },
    };
  }

  #order(order: WardenOrder, transfer: readonly object[] = []): void {
    this.#worker.postMessage(order, transfer);
  }

  #onReport({ id, ...end }: WardenReport): void {
    this.#threads.get(id)?.(end);
    this.#threads.delete(id);
    if (this.#threads.size > 0) return;
    this.#onGone();
    this.#worker.terminate();
  }

  /** It runs nothing that could fail but the loading of its own files. */
  #onCrash(error: unknown): void {
    this.#onGone();
    for (const onEnd of this.#threads.values()) onEnd({ error });
    this.#threads.clear();
  }
}

function startWarden(permissions: ThreadPermissions): WebWorker {
  const { Worker } = globals;
  if (Worker === undefined) throw new Error("Invariant: Deno has a web Worker");
  try {
    const worker = new Worker(FILE.href, {
      type: "module",
      name: "subinterpreters warden",
      deno: { permissions },
    });
    unref(worker);
    return worker;
  } catch (cause) {
    const { name, message } = cause as Error;
    if (name !== "NotCapable") {
      throw new TypeError(`${WHAT}: permissions are not what Deno takes: ${message}`, { cause });
    }
    throw new InterpreterError(
      `${WHAT}: permissions exceed those of the process, or it may not read ${HOME.href} itself; ask for fewer, or start deno with more (--allow-…)`,
      { cause },
    );
  }
}

/** Threads load their own files under their own permissions. */
function withHome(permissions: ThreadPermissions): ThreadPermissions {
  const kind = HOME.protocol === "file:" ? "read" : "import";
  const home = kind === "read" ? fileURLToPath(HOME) : hostOf(HOME);
  const held = permissions[kind] ?? [];
  return typeof held === "object" ? { ...permissions, [kind]: [...held, home] } : permissions;
}

function hostOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
}

/** Deno 2.9 has no public way to let a process exit while a web worker waits (read). */
function unref(worker: WebWorker): void {
  const methods = worker as unknown as Record<symbol, unknown>;
  for (const key of Object.getOwnPropertySymbols(globals.Worker?.prototype ?? {})) {
    const method = methods[key];
    if (key.description === undefined && typeof method === "function") {
      Reflect.apply(method, worker, [false]);
    }
  }
}
