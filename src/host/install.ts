// Makes this realm the main interpreter's, whichever door of the module is imported
// first. Inside an interpreter the slot is filled before any source runs: a module
// that source imports there may import a door, and works on that interpreter's side.

import { fillHost } from "../api/host.ts";
import { fillRealm, hasRealm } from "../api/realm.ts";
import { HostRealm } from "./realm.ts";

if (!hasRealm()) {
  fillRealm(new HostRealm());
  fillHost([]);
}
