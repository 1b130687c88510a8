// Puts a guest together: realm, exits, stray errors, and the loop that runs what
// the host sends. Everything here happens before source runs.
//
// `node .ci/guest.mjs` makes one file of this one and of all that it imports: bundle.js. It
// exports nothing. Source can import every file of the module, and finds nothing there that
// the guest works with; if it imports this one again, there is no message, and so no guest.

import * as api from "../api/exports.ts";
import { fillRealm } from "../api/realm.ts";
import { giveBack } from "../api/recv_channel.ts";
import { share, shared } from "../api/shared.ts";
import { ringHost, setHostBell } from "../channel/host_bell.ts";
import { setMessageLimit } from "../codec/limit.ts";
import type { Boot } from "../protocol/frames.ts";
import { watchHeap } from "../runtime/heap.ts";
import { hidePorts } from "../runtime/hiding.ts";
import { isolate } from "../runtime/isolation.ts";
import { hideLocks } from "../runtime/locks.ts";
import { wrapPort } from "../runtime/port.ts";
import { preload, warmUp } from "../runtime/preload.ts";
import { interceptExit, ownArguments, ownEnvironment, threadExit } from "../runtime/process.ts";
import { closeSharedPlaces } from "../runtime/sandbox.ts";
import { catchStrayErrors } from "../runtime/stray.ts";
import { Answers } from "./answers.ts";
import { routeOutput } from "./console.ts";
import type { EntryMessage } from "./entry.ts";
import { installFunctions } from "./functions.ts";
import { GuestRealm } from "./realm.ts";
import { Runner } from "./runner.ts";
import { Wire } from "./wire.ts";

/** What an interpreter begins with. */
interface BootMessage extends EntryMessage {
  readonly boot: Boot;
  /** Frames that came while a spare became an interpreter; others may still be added. */
  readonly early?: readonly unknown[];
}

/** Where the entry has put the message (entry.ts). */
const MESSAGE = "subinterpreters·message";

const message = takeMessage();
// A realm has one guest; another message is of source's making.
if (message !== undefined && shared() === undefined) {
  setHostBell(message.boot.hostBell);
  if (isBoot(message)) void startGuest(message);
  else awaitBoot(message);
}

function takeMessage(): EntryMessage | undefined {
  const found = Reflect.get(globalThis, MESSAGE) as EntryMessage | undefined;
  Reflect.deleteProperty(globalThis, MESSAGE);
  return found;
}

function isBoot(given: EntryMessage): given is BootMessage {
  return "id" in given.boot;
}

/** A spare is ready when all is loaded, and waits for the frame that makes it an interpreter. */
function awaitBoot({ port, knock }: EntryMessage): void {
  warmUp();
  const wire = port as unknown as { onmessage: ((event: { data: unknown }) => void) | null };
  const early: unknown[] = [];
  wire.onmessage = ({ data }) => {
    // Becoming one may take a few turns, and a port without a listener loses frames.
    wire.onmessage = (event) => early.push(event.data);
    const { boot } = data as { readonly boot: Boot };
    void startGuest({ boot, port, knock, early });
  };
  port.postMessage({ type: "ready" });
  knock?.postMessage(0);
  ringHost();
}

/** Makes this thread an interpreter. */
async function startGuest({ boot, port, knock, early }: BootMessage): Promise<void> {
  const endThread = threadExit();
  // The host then hears that the thread has ended; by a frame it could not.
  const ownEnd = wrapPort(port, { keepsAlive: true, onBroken: endThread, knock });
  const wire = new Wire(ownEnd, boot.guestBell, endThread);
  const answers = new Answers(wire);
  fillRealm(new GuestRealm(boot.id, { wire, answers }));
  installFunctions(boot.functions, wire);
  share({ door: api, giveBack });
  if (boot.messageBytes !== undefined) setMessageLimit(boot.messageBytes);
  const runner = new Runner(boot, wire);
  ownEnvironment(boot.env, boot.isSandboxed && !boot.hasOwnEnv);
  await ownArguments(boot.args);
  routeOutput(boot.output, wire);
  const exit = (code: number) => wire.exit(code);
  const callHandlers = catchStrayErrors((error) => runner.onStrayError(error));
  interceptExit(exit, callHandlers);
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
