// Puts a guest together: realm, exits, stray errors, and the loop that runs what
// the host sends. Everything here happens before source runs.

import { fillRealm } from "../api/realm.ts";
import { setHostBell } from "../channel/host_bell.ts";
import { setMessageLimit } from "../codec/limit.ts";
import { wrapPort } from "../runtime/port.ts";
import { catchStrayErrors, interceptExit, ownEnvironment } from "../runtime/process.ts";
import { Answers } from "./answers.ts";
import { flushOutput } from "./console.ts";
import type { BootMessage } from "./entry.ts";
import { installFunctions } from "./functions.ts";
import { GuestRealm } from "./realm.ts";
import { Runner } from "./runner.ts";
import { Wire } from "./wire.ts";

/** Makes this thread an interpreter. */
export function startGuest({ boot, port }: BootMessage): void {
  setHostBell(boot.hostBell);
  const wire = new Wire(wrapPort(port, { keepsAlive: true }), boot.guestBell);
  const answers = new Answers(wire);
  fillRealm(new GuestRealm(boot.id, { wire, answers }));
  installFunctions(boot.functions, wire);
  if (boot.messageBytes !== undefined) setMessageLimit(boot.messageBytes);
  const runner = new Runner(boot, wire);
  ownEnvironment(boot.env);
  flushOutput();
  interceptExit((code) => wire.exit(code));
  catchStrayErrors((error) => runner.onStrayError(error));
  wire.listen({
    onRun: (frame) => runner.onRun(frame),
    onCall: (frame) => answers.onFrame(frame),
  });
}
