// Makes this realm the main interpreter's, whichever door of the module is imported first. If
// another copy of the module is here already, that one is used: inside an interpreter there is
// one before any source runs.

import { fillHost } from "../api/host_functions.ts";
import * as api from "../api/exports.ts";
import { fillRealm } from "../api/realm.ts";
import { share, shared } from "../api/first_copy.ts";
import { inspectionOf } from "./inspection.ts";
import { HostRealm } from "./realm.ts";

if (shared() === undefined) {
  const host = new HostRealm();
  fillRealm(host);
  fillHost([]);
  share(api, inspectionOf(host));
}
