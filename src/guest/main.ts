// Puts a guest together: realm, exits, stray errors, and the loop that runs what
// the host sends. Everything here happens before source runs.

import { fillRealm } from "../api/realm.ts";
import type { Boot } from "../protocol/frames.ts";
import type { Port } from "../runtime/adapter.ts";
import { catchStrayErrors, interceptExit, ownEnvironment } from "../runtime/process.ts";
import { flushOutput } from "./console.ts";
import { GuestRealm } from "./realm.ts";
import { Runner } from "./runner.ts";
import { Wire } from "./wire.ts";

/** Makes this thread an interpreter. */
export function startGuest(boot: Boot, port: Port): void {
  const wire = new Wire(port, boot.guestBell);
  fillRealm(new GuestRealm(boot.id, wire));
  const runner = new Runner(boot, wire);
  ownEnvironment(boot.env);
  flushOutput();
  interceptExit((code) => wire.exit(code));
  catchStrayErrors((error) => runner.onStrayError(error));
  wire.listen((frame) => runner.onRun(frame));
}
