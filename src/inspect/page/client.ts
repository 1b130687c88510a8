// What runs in the page: it reads the stream of events and shows what the last one says. Everything
// that comes from the process is put in as text, never as HTML.

import { show as showMachines, take as takeActor } from "./machines.ts";
import { show as showTables } from "./tables.ts";
import { show as showWaterfall } from "./waterfall.ts";
import type { ActorEvent, Snapshot } from "../protocol.ts";
import { element } from "./dom.ts";

/** Bars grow between two snapshots. */
const FRAME_MS = 250;
/** A stream that ends may begin again at once. */
const PATIENCE_MS = 1_500;

let last: Snapshot | undefined;
/** How far the clock of the process is ahead of that of the browser. */
let aheadMs = 0;

function show(): void {
  if (last === undefined) return;
  const now = Date.now() + aheadMs;
  showTables(last, now);
  showWaterfall(last, now);
  showMachines(now);
}

let giveUp: ReturnType<typeof setTimeout> | undefined;

function setConnection(text: string, isLive: boolean): void {
  clearTimeout(giveUp);
  giveUp = undefined;
  const status = element("connection");
  status.textContent = text;
  status.classList.toggle("live", isLive);
  // Without a process nothing grows any more.
  if (!isLive) last = undefined;
}

const events = new EventSource(`events${location.search}`);
events.addEventListener("open", () => setConnection("live", true));
events.addEventListener("error", () => {
  if (events.readyState === EventSource.CLOSED) {
    setConnection("ended: the address is no longer valid", false);
  } else {
    giveUp ??= setTimeout(() => setConnection("the process does not answer", false), PATIENCE_MS);
  }
});
events.addEventListener("snapshot", ({ data }: MessageEvent<string>) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server of this very page sends it
  last = JSON.parse(data) as Snapshot;
  aheadMs = last.time - Date.now();
  show();
});
events.addEventListener("actor", ({ data }: MessageEvent<string>) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server of this very page sends it
  takeActor(JSON.parse(data) as ActorEvent);
});
setInterval(show, FRAME_MS);
