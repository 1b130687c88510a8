// The first file of every interpreter's thread. It says "ready" as soon as the runtime
// can start a thread; the rest of the guest loads after that, before any frame is read.
//
// It imports nothing, and so does by itself what otherwise only runtime/ and channel/
// may: each further file would take a thread on Bun 1.4 a fifth longer to start, and
// `node:worker_threads` there four times as long (measured).

import type { MessagePort } from "node:worker_threads";
import type { Boot, SpareBoot } from "../protocol/frames.ts";

/** What an interpreter begins with. */
export interface BootMessage {
  readonly boot: Boot;
  readonly port: MessagePort;
  /** Where the host has to be told that there is a frame. */
  readonly knock?: MessagePort | undefined;
  /** Frames that came while a spare became an interpreter; others may still be added. */
  readonly early?: readonly unknown[];
}

/** What the adapter hands to the entry: all that, or what a spare begins with. */
interface EntryMessage {
  readonly boot: Boot | SpareBoot;
  readonly port: MessagePort;
  readonly knock?: MessagePort | undefined;
}

interface Scope {
  readonly Bun?: unknown;
  readonly process?: {
    readonly getBuiltinModule?: (name: string) => { readonly workerData: unknown };
  };
  readonly Deno?: unknown;
  readonly navigator?: {
    readonly locks?: { request(name: string, callback: () => Promise<void>): Promise<void> };
  };
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

const scope = globalThis as unknown as Scope;

if (scope.Bun === undefined) {
  const get = scope.process?.getBuiltinModule;
  // Deno fixes the exports of what is imported: runtime/isolation.ts could not replace any.
  if (get === undefined) void import("node:worker_threads").then(begin);
  else begin(get("node:worker_threads"));
} else {
  scope.onmessage = (event) => {
    scope.onmessage = null;
    const message = event.data as EntryMessage;
    if (isBoot(message)) sayReady(message);
    loadRest(message);
  };
}

function begin({ workerData }: { readonly workerData: unknown }): void {
  const message = { ...workerData as EntryMessage };
  // Source can read workerData; the wire is not for it.
  for (const key of Object.keys(message)) Reflect.deleteProperty(workerData as object, key);
  if (isBoot(message)) sayReady(message);
  whenKillable(message.boot.lockName, () => loadRest(message));
}

function isBoot(message: EntryMessage): message is BootMessage {
  return "id" in message.boot;
}

function sayReady({ boot, port, knock }: EntryMessage): void {
  // Frames that come in from now on wait in the port until the guest listens.
  port.postMessage({ type: "ready" });
  knock?.postMessage(0);
  // As `ringHost` does (channel/host_bell.ts): a host in createSync() sleeps.
  const bell = new Int32Array(boot.hostBell);
  Atomics.add(bell, 0, 1);
  if (Atomics.load(bell, 1) !== 0) Atomics.notify(bell, 0);
}

/** On Deno a thread can be killed in the middle of a loop if it holds a lock, and has for a whole turn. */
function whenKillable(lockName: string, start: () => void): void {
  const locks = scope.Deno === undefined ? undefined : scope.navigator?.locks;
  if (locks === undefined) {
    start();
    return;
  }
  void locks.request(lockName, () => {
    // Code that runs in the turn of this callback could not be killed (Deno 2.9, measured).
    setTimeout(start, 0);
    return new Promise(() => {});
  });
}

/** A failure to load surfaces as the thread's own error, which the adapter reports. */
function loadRest(message: EntryMessage): void {
  void import("./main.ts").then(({ startGuest, warmUp }) => {
    if (isBoot(message)) return startGuest(message);
    warmUp();
    return whenTaken(message, startGuest);
  });
}

/** A spare is ready when all is loaded, and waits for the frame that makes it an interpreter. */
function whenTaken(message: EntryMessage, start: (message: BootMessage) => unknown): void {
  const { port, knock } = message;
  const wire = port as unknown as { onmessage: ((event: { data: unknown }) => void) | null };
  const early: unknown[] = [];
  wire.onmessage = ({ data }) => {
    // Becoming one may take a few turns, and a port without a listener loses frames.
    wire.onmessage = (event) => early.push(event.data);
    start({ boot: (data as { readonly boot: Boot }).boot, port, knock, early });
  };
  sayReady(message);
}
