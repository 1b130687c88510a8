// What runs in a warden (runtime/deno/warden.ts): starts and kills threads, which have its
// permissions. No source runs here, and nothing that a thread says is heard here.

import type { SpawnOptions, ThreadEnd } from "../adapter.ts";
import type { ThreadEnds } from "./wire.ts";
import { startWorker } from "./worker.ts";

/** What a warden is told. */
export type WardenOrder =
  | (Pick<SpawnOptions, "name" | "boot" | "limits"> & {
    readonly type: "spawn";
    readonly id: number;
    readonly entry: string;
    readonly ends: ThreadEnds;
  })
  | { readonly type: "kill"; readonly id: number };

/** What a warden tells: a thread ended, by itself or because it was killed. */
export interface WardenReport extends ThreadEnd {
  readonly id: number;
}

interface WardenScope {
  onmessage: ((event: { readonly data: WardenOrder }) => void) | null;
  postMessage(report: WardenReport): void;
}

const scope = globalThis as unknown as WardenScope;
const kills = new Map<number, () => Promise<void>>();

scope.onmessage = ({ data: order }) => {
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
    scope.postMessage({ id, ...end });
  } catch {
    // What was thrown cannot be copied; that something was is what counts.
    scope.postMessage({ id, ...end, error: String(end.error) });
  }
}
