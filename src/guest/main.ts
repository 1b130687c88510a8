// Puts a guest together: realm, exits, stray errors, and the loop that runs what
// the host sends. Everything here happens before source runs.

import { fillRealm } from "../api/realm.ts";
import { setHostBell } from "../channel/host_bell.ts";
import { wrapPort } from "../runtime/port.ts";
import { catchStrayErrors, interceptExit, ownEnvironment } from "../runtime/process.ts";
import { routeOutput } from "./console.ts";
import type { BootMessage } from "./entry.ts";
import { GuestRealm } from "./realm.ts";
import { Runner } from "./runner.ts";
import { Wire } from "./wire.ts";

/** Makes this thread an interpreter. */
export async function startGuest({ boot, port }: BootMessage): Promise<void> {
  setHostBell(boot.hostBell);
  const wire = new Wire(wrapPort(port, { keepsAlive: true }), boot.guestBell);
  fillRealm(new GuestRealm(boot.id, wire));
  const runner = new Runner(boot, wire);
  ownEnvironment(boot.env);
  await routeOutput(boot.output, wire);
  interceptExit((code) => wire.exit(code));
  catchStrayErrors((error) => runner.onStrayError(error));
  wire.listen((frame) => runner.onRun(frame));
}
