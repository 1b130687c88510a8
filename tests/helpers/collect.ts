// A full garbage collection, on every runtime.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runtime } from "./runtime.ts";

/** Collects what nobody keeps, now. */
export const collect: () => void = makeCollector();

function makeCollector(): () => void {
  if (runtime === "bun") {
    const { Bun } = globalThis as unknown as { Bun: { gc(isSync: boolean): void } };
    return () => Bun.gc(true);
  }
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
