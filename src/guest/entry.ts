// The first file of every interpreter's thread. It imports next to nothing, so
// that a thread is there as soon as the runtime can start one; the rest of the
// guest loads right after "ready", before any frame is read.

import { ringHost, setHostBell } from "../channel/doorbell.ts";
import { receiveBoot, wrapPort } from "../runtime/port.ts";

receiveBoot(({ boot, port }) => {
  const wire = wrapPort(port, { keepsAlive: true });
  setHostBell(boot.hostBell);
  wire.post({ type: "ready" });
  ringHost();
  // A failure to load surfaces as the thread's own error, which the adapter reports.
  void import("./main.ts").then(({ startGuest }) => startGuest(boot, wire));
});
