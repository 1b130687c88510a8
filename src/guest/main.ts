// Puts a guest together: realm, wire, exits, stray errors and runs. Everything here happens
// before source runs.
//
// `node .ci/guest.mjs` makes one file of this one and of all that it imports: bundle.js.
// Source can import every file of the module, so this one exports nothing that the guest
// works with. Imported again it finds no message, and makes no guest.

import * as api from "../api/exports.ts";
import { fillRealm } from "../api/realm.ts";
import { share, shared } from "../api/first_copy.ts";
import { whenHeeded } from "../api/signal.ts";
import { ringHost, setHostBell } from "../channel/wake/host_bell.ts";
import { setMessageLimit } from "../codec/limit.ts";
import type { Boot, SpareBoot } from "../protocol/frames.ts";
import { watchHeap } from "../confine/deno/heap.ts";
import { hidePorts } from "../confine/hidden_ports.ts";
import { boundReservations } from "../confine/reservations.ts";
import { isolate } from "../confine/isolation.ts";
import { catchLostKills } from "../confine/lost_kills.ts";
import { hideLocks } from "../confine/deno/locks.ts";
import { threadLabeler } from "../runtime/os_thread.ts";
import { loadImportMap } from "../runtime/deno/import_map.ts";
import { whenKillable } from "../runtime/deno/killable.ts";
import { wrapPort } from "../runtime/port.ts";
import { takeMessage } from "../runtime/started.ts";
import { preload } from "../confine/deno/preload.ts";
import {
  callExitHandlers,
  interceptExit,
  ownArguments,
  ownEnvironment,
  threadExit,
} from "../confine/process.ts";
import { boundNativeWork } from "../confine/native/work.ts";
import { noteProxiesOfArrays } from "../confine/endless/lengths.ts";
import { refuseLongLists } from "../confine/endless/lists.ts";
import { letSearchesEnd } from "../confine/endless/searches.ts";
import { closeSharedPlaces } from "../confine/sandbox.ts";
import { catchStrayErrors } from "../confine/uncaught.ts";
import { IncomingCalls } from "./calls_in.ts";
import { routeStreams } from "./console.ts";
import type { EntryMessage } from "./entry.ts";
import { Evaluator } from "./evaluate.ts";
import { installFunctions } from "./calls_out.ts";
import { inputOf } from "./input.ts";
import { GuestRealm } from "./realm.ts";
import { Runner } from "./runner.ts";
import { IncomingRuns } from "./runs_in.ts";
import { Service } from "./service.ts";
import { Wire } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

/** The interpreter that this thread is. */
interface Guest {
  readonly id: number;
  readonly hasInput: boolean;
  readonly wire: Wire;
  readonly runner: Runner;
  readonly service: Service;
  readonly calls: IncomingCalls;
  readonly realm: GuestRealm;
}

/** Where a spare hears what it is to become. */
interface BootPort {
  onmessage: ((event: { readonly data: { readonly boot: Boot } }) => void) | null;
}

/** `undefined` as long as this thread is a spare. */
let guest: Guest | undefined;
/** What is done last when the interpreter is closed. */
let leave = (): void => {};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The entry has put it there, before any source runs.
const message = takeMessage() as EntryMessage | undefined;
// A realm has one guest; another message is of source's making.
if (message !== undefined && shared() === undefined) {
  setHostBell(message.boot.hostBell);
  share(api);
  void start(message);
}

/** Makes this thread an interpreter; a spare does everything else first, and waits to be told which. */
async function start({ boot, port, knock }: EntryMessage): Promise<void> {
  const endThread = threadExit();
  const label = threadLabeler();
  // The host then hears that the thread has ended; by a frame it could not.
  const ownEnd = wrapPort(port, { keepsAlive: true, onBroken: endThread, knock });
  const evaluator = new Evaluator(boot.isMemoryLimited);
  const fillEnvironment = ownEnvironment();
  const fillArguments = await ownArguments();
  const becomeGuest = (told: Boot): Guest => {
    label(told.label);
    const wire = new Wire(ownEnd, told.guestBell, endThread);
    const calls = new IncomingCalls(wire);
    const realm = new GuestRealm(told.id, { wire, calls });
    fillRealm(realm);
    installFunctions(told.functions, wire);
    if (told.messageBytes !== undefined) setMessageLimit(told.messageBytes);
    evaluator.begin(told.baseUrl);
    fillEnvironment(told.env, told.isSandboxed && !told.hasOwnEnv);
    fillArguments(told.args);
    const { id, hasInput } = told;
    return guest = {
      id,
      hasInput,
      wire,
      calls,
      realm,
      runner: new Runner(evaluator, { wire, realm }),
      service: new Service(evaluator, realm),
    };
  };
  if (isBoot(boot)) {
    const begun = becomeGuest(boot);
    await prepare(boot, endThread);
    await whenKillable(boot.lockName);
    listen(begun);
    return;
  }
  label("subint-spare");
  await prepare(boot, endThread);
  evaluator.rehearse();
  await whenKillable(boot.lockName);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- @types/node has no `onmessage`; the host alone has the other end.
  (port as unknown as BootPort).onmessage = ({ data }) => listen(becomeGuest(data.boot));
  ownEnd.post({ type: "ready" });
  ringHost();
}

function isBoot(boot: SpareBoot): boot is Boot {
  return "id" in boot;
}

/** Does what does not depend on which interpreter this is. */
async function prepare(boot: SpareBoot, endThread: () => void): Promise<void> {
  const id = () => guest?.id ?? NaN;
  const wire = (): Wire => {
    if (guest === undefined) throw new Error("Invariant: source runs in an interpreter");
    return guest.wire;
  };
  const exit = (code: number) => wire().exit(code);
  const input = inputOf(() => guest?.hasInput === true ? guest.wire : undefined);
  routeStreams(boot.output, input, (frame) => wire().post(frame));
  // A spare is of no use then; in an interpreter it is source's.
  const onStray = (error: unknown) =>
    guest === undefined ? endThread() : guest.runner.onStrayError(error);
  const callHandlers = catchStrayErrors(onStray);
  interceptExit(exit, callHandlers);
  leave = () => void callExitHandlers(undefined, callHandlers);
  whenHeeded(() => guest?.wire.post({ type: "heeding" }));
  if (boot.isMemoryLimited) {
    watchHeap(() => guest === undefined ? endThread() : guest.wire.outOfMemory());
  }
  catchLostKills(() => guest?.wire.lookForKill());
  hideLocks();
  hidePorts();
  if (boot.isSandboxed || boot.isolated) {
    boundNativeWork();
    noteProxiesOfArrays();
    letSearchesEnd();
    refuseLongLists();
  }
  if (boot.isSandboxed) closeSharedPlaces(id);
  if (boot.isolated) {
    isolate(id, exit);
    boundReservations(() => wire().requestSync("reserve", null));
  }
  await preload();
  await loadImportMap();
}

function listen({ wire, runner, service, calls, realm }: Guest): void {
  wire.listen({
    onStop: ({ reason, isClosing }) => runner.onStop(reason, isClosing ? leave : () => {}),
    onRun: (frame) => runner.onRun(frame),
    onInterrupt: ({ call, reason }) => runner.onInterrupt(call, reason),
    onCall: (frame) => calls.onFrame(frame),
    onChannelClosed: (id) => realm.onChannelClosed(id),
    onServe: (frame) => service.open(frame),
    onServeRuns: ({ calls: runs, answers }) => {
      const values = realm.meet(answers);
      new IncomingRuns(realm.meet(runs), (frame) => runner.onRun(frame, values)).serve();
    },
    onLaneEnded: ({ calls: id, failure }) => realm.onLaneEnded(id, failure),
  });
}
