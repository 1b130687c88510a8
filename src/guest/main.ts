// Puts a guest together: realm, exits, stray errors, and the loop that runs what
// the host sends. Everything here happens before source runs.

// Handles of interpreters in items and calls are made by their class, imported by source or not.
import "../api/interpreter.ts";
import { fillRealm } from "../api/realm.ts";
import { setHostBell } from "../channel/host_bell.ts";
import { setMessageLimit } from "../codec/limit.ts";
import { watchHeap } from "../runtime/heap.ts";
import { hidePorts } from "../runtime/hiding.ts";
import { isolate } from "../runtime/isolation.ts";
import { hideLocks } from "../runtime/locks.ts";
import { wrapPort } from "../runtime/port.ts";
import { preload } from "../runtime/preload.ts";
import {
  catchStrayErrors,
  interceptExit,
  ownArguments,
  ownEnvironment,
  threadExit,
} from "../runtime/process.ts";
import { closeSharedPlaces } from "../runtime/sandbox.ts";
import { Answers } from "./answers.ts";
import { routeOutput } from "./console.ts";
import type { BootMessage } from "./entry.ts";
import { installFunctions } from "./functions.ts";
import { GuestRealm } from "./realm.ts";
import { Runner } from "./runner.ts";
import { Wire } from "./wire.ts";

export { warmUp } from "../runtime/preload.ts";

/** Makes this thread an interpreter. */
export async function startGuest({ boot, port, knock, early }: BootMessage): Promise<void> {
  setHostBell(boot.hostBell);
  const endThread = threadExit();
  // The host then hears that the thread has ended; by a frame it could not.
  const ownEnd = wrapPort(port, { keepsAlive: true, onBroken: endThread, knock });
  const wire = new Wire(ownEnd, boot.guestBell, endThread);
  const answers = new Answers(wire);
  fillRealm(new GuestRealm(boot.id, { wire, answers }));
  installFunctions(boot.functions, wire);
  if (boot.messageBytes !== undefined) setMessageLimit(boot.messageBytes);
  const runner = new Runner(boot, wire);
  ownEnvironment(boot.env, boot.isSandboxed && !boot.hasOwnEnv);
  ownArguments(boot.args);
  await routeOutput(boot.output, wire);
  const exit = (code: number) => wire.exit(code);
  interceptExit(exit);
  catchStrayErrors((error) => runner.onStrayError(error));
  if (boot.isMemoryLimited) watchHeap(() => wire.outOfMemory());
  hideLocks();
  hidePorts();
  if (boot.isSandboxed) closeSharedPlaces(boot.id);
  if (boot.isolated) isolate(boot.id, exit);
  await preload();
  wire.listen({
    onRun: (frame) => runner.onRun(frame),
    onInterrupt: ({ call }) => runner.onInterrupt(call),
    onCall: (frame) => answers.onFrame(frame),
  }, early);
}
