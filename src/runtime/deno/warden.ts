// Deno's permissions. Only web workers can be given fewer than the process has, and a web worker that
// loops cannot be killed (denoland/deno#35657). So for each set of permissions there is a warden: a
// web worker that runs no source. It starts threads, which have its permissions and can be killed. A
// thread's wire is handed on to the host: no frame passes the warden.

import { fileURLToPath } from "node:url";
import { InterpreterError, UnsupportedError } from "../../errors.ts";
import type { PermissionName, ThreadPermissions } from "../../protocol/options.ts";
import type { SpawnOptions, Thread } from "../adapter.ts";
import { areWorkerPermissionsEnabled, mayPrompt } from "./flags.ts";
import { openWire } from "./wire.ts";
import { globals, type WebWorker } from "../globals.ts";
import { isMethod } from "../guard.ts";
import { bodyOf, startOf } from "../inlined.ts";
import { isText, ownFile, ownSource } from "../own_files.ts";
import type { WardenOrder, WardenReport } from "./warden_worker.ts";

const WHAT = "Cannot create an interpreter";

/** The folder that threads load this module from. */
const HOME = ownFile("");

const FILE = ownSource("runtime/deno/warden_worker");

/** The wardens, by their set of permissions; one whose threads have all ended is gone. */
const wardens = new Map<string, Warden>();

/** What Deno calls the single thing that a permission of each kind is about. */
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
  return Object.entries(permissions).flatMap(([name, value]) =>
    (typeof value === "object" ? value : [undefined]).map((one) => stateOf(name, one))
  ).join();
}

function stateOf(name: string, one: string | undefined): string | undefined {
  try {
    return globals.Deno?.permissions.querySync({
      name,
      ...(isPermission(name) && { [ONE[name]]: one }),
    }).state;
  } catch {
    // What cannot be asked for cannot be given up. If it is wrong, the start of the warden says so.
    return undefined;
  }
}

function isPermission(name: string): name is PermissionName {
  return name in ONE;
}

/**
 * Whether the process has lost permissions of the set since its warden was started. That warden and
 * its threads still have them, so the set gets another warden next.
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
  /** Which of the permissions the process held when the warden was started. */
  readonly held: string;
  readonly #worker: WebWorker;
  readonly #threads = new Map<number, SpawnOptions["onEnd"]>();
  readonly #onGone: () => void;
  #lastId = 0;

  constructor(permissions: ThreadPermissions, onGone: () => void) {
    this.#onGone = onGone;
    this.held = heldNow(permissions);
    this.#worker = startWarden(withHome(permissions));
    this.#worker.addEventListener("message", ({ data }) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only warden_worker.ts posts
      this.#onReport(data as WardenReport);
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      // About a file that is not there Deno gives a text, and no error.
      this.#onCrash(event.error ?? new Error(event.message));
    });
  }

  /** Starts a thread. */
  spawn({ entry, name, boot, limits, onEnd }: SpawnOptions): Thread {
    const { url, texts } = startOf(entry);
    const { port, ends, stopped } = openWire();
    const id = ++this.#lastId;
    let hasEnded = false;
    this.#threads.set(id, (end) => {
      if (terminated === undefined) onEnd(end);
      hasEnded = true;
    });
    const start = { entry: url.href, texts, name, boot, limits, ends };
    this.#order({ type: "spawn", id, ...start }, [ends.port, ends.knock]);
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

  /** Ends all threads that wait for it. Nothing in a warden can fail but the loading of its files. */
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
    const worker = new Worker(wardenUrl(), {
      type: "module",
      name: "subinterpreters warden",
      deno: { permissions },
    });
    unref(worker);
    return worker;
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "NotCapable") {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new TypeError(`${WHAT}: permissions are not what Deno takes: ${text}`, { cause });
    }
    throw new InterpreterError(
      `${WHAT}: permissions exceed those of the process, or it may not read ${HOME.href} itself; ask for fewer, or start deno with more (--allow-…)`,
      { cause },
    );
  }
}

/** The file of a warden; where there is none, a URL that has its text. */
function wardenUrl(): string {
  if (!isText(FILE)) return FILE.href;
  return `data:text/javascript,${encodeURIComponent(bodyOf("runtime/deno/warden_worker.js"))}`;
}

/** Adds the module's own files: threads load them under their own permissions. */
function withHome(permissions: ThreadPermissions): ThreadPermissions {
  if (isText(HOME)) return permissions;
  const kind = HOME.protocol === "file:" ? "read" : "import";
  const home = kind === "read" ? fileURLToPath(HOME) : hostOf(HOME);
  const held = permissions[kind] ?? [];
  return typeof held === "object" ? { ...permissions, [kind]: [...held, home] } : permissions;
}

function hostOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
}

/** Lets the process exit while the worker waits, for which Deno 2.9 has no public way (read). */
function unref(worker: WebWorker): void {
  for (const key of Object.getOwnPropertySymbols(globals.Worker?.prototype ?? {})) {
    const method: unknown = Reflect.get(worker, key);
    if (key.description === undefined && isMethod(method)) Reflect.apply(method, worker, [false]);
  }
}
