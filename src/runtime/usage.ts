// What a thread uses, as far as its runtime tells: its heap on Node 22.16 and Bun 1.4, its share of
// the processors on Node 24.6 and Deno 2.9. A thread answers when its event loop turns. One that
// never does leaves the promise pending.

import type { ThreadUsage } from "./adapter.ts";
import { isMethod, isObject } from "./guard.ts";

const { Reflect } = globalThis;

/** Asks a worker, of whichever kind, what it uses. */
export async function usageOf(worker: object): Promise<ThreadUsage> {
  const [heap, cpu] = await Promise.all([
    ask(worker, "getHeapStatistics"),
    ask(worker, "cpuUsage"),
  ]);
  const user = numberIn(cpu, "user");
  return {
    heapUsed: numberIn(heap, "used_heap_size"),
    heapTotal: numberIn(heap, "total_heap_size"),
    // Microseconds.
    cpuTime: user === null ? null : (user + (numberIn(cpu, "system") ?? 0)) / 1_000,
  };
}

async function ask(worker: object, name: string): Promise<unknown> {
  const method: unknown = Reflect.get(worker, name);
  try {
    return isMethod(method) ? await Reflect.apply(method, worker, []) : undefined;
  } catch {
    // It has ended.
    return undefined;
  }
}

function numberIn(record: unknown, name: string): number | null {
  const value: unknown = isObject(record) ? Reflect.get(record, name) : undefined;
  return typeof value === "number" ? value : null;
}
