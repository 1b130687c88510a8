// What runs in a warden (runtime/deno/warden.ts): it starts and kills threads, which have its
// permissions. No source runs here, and nothing that a thread says is heard here.

import type { SpawnOptions, ThreadEnd } from "../adapter.ts";
import { globals } from "../globals.ts";
import type { ThreadEnds } from "./wire.ts";
import { startWorker } from "./worker.ts";

/** What a warden is told. */
export type WardenOrder =
  | (Pick<SpawnOptions, "name" | "boot" | "limits"> & {
    readonly type: "spawn";
    readonly id: number;
    readonly entry: string;
    readonly texts: readonly string[] | undefined;
    readonly ends: ThreadEnds;
  })
  | { readonly type: "kill"; readonly id: number };

/** What a warden tells: a thread ended, by itself or because it was killed. */
export interface WardenReport extends ThreadEnd {
  readonly id: number;
}

const kills = new Map<number, () => Promise<void>>();

globals.onmessage = ({ data }) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only warden.ts posts
  const order = data as WardenOrder;
  if (order.type === "spawn") spawn(order);
  else kill(order.id);
};

function spawn({ id, ...options }: Extract<WardenOrder, { type: "spawn" }>): void {
  try {
    kills.set(id, startWorker({ ...options, onEnd: (end) => report(id, end) }));
  } catch (error) {
    report(id, { error });
  }
}

function kill(id: number): void {
  const end = kills.get(id)?.();
  void end?.then(() => report(id, {}));
}

function report(id: number, end: ThreadEnd): void {
  kills.delete(id);
  try {
    globals.postMessage?.({ id, ...end });
  } catch {
    // What was thrown cannot be copied: its text has to do.
    globals.postMessage?.({ id, ...end, error: String(end.error) });
  }
}
