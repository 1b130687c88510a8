// The first file of the thread that compiles sources (host/runs/compiler.ts). The host posts
// one source after the other. No source runs here. If one takes too long or too much memory,
// the host kills the thread.

import { ringHost, setHostBell } from "../channel/wake/host_bell.ts";
import type { Port } from "../runtime/adapter.ts";
import { watchHeap } from "../confine/deno/heap.ts";
import { whenKillable } from "../runtime/deno/killable.ts";
import { onceStarted } from "../runtime/own_thread.ts";
import { threadLabeler, threadName } from "../runtime/os_thread.ts";
import { TooCostly } from "./bounds.ts";
import { NotCallable } from "./functions.ts";
import { isStripperBounded, loadLibraries, takeText, watchStripper } from "./libraries.ts";
import { rewrite, type RewriteOptions, type Rewritten } from "./rewrite.ts";
import { OutOfMemory } from "./types.ts";
import { boundWebAssembly } from "./wasm_bounds.ts";

/** What the host posts to the thread. */
export interface CompileOrder {
  readonly number: number;
  /** Milliseconds after which nobody waits for the result any more. */
  readonly limitMs: number;
  readonly source: string;
  readonly options: RewriteOptions;
}

/** What the thread posts to the host. */
export type CompileReport =
  | { readonly type: "ready"; readonly thread: string | null }
  | { readonly type: "done"; readonly number: number; readonly rewritten: Rewritten }
  | {
    readonly type: "failed";
    readonly number: number;
    /** What is wrong with the source. `Error` means that something is wrong with this module. */
    readonly kind: "SyntaxError" | "NotCallable" | "Error";
    readonly message: string;
    readonly stack: string;
  }
  | { readonly type: "outOfMemory" }
  | { readonly type: "outOfTime" };

/**
 * Sources that make the libraries load all that they would load later. A kill in the middle of
 * a load takes longer.
 */
const WARM_UP: readonly string[] = [
  "let a: number = 1; a",
  "enum A { b } function f() { return import.meta } const c = 1; c = 2; { a: 1 }",
  "{ using x = null; }",
  "let a: number = <b>;",
  "let = ;",
];

let deadline = Infinity;

const stopLate = () => {
  if (performance.now() > deadline) throw new TooCostly();
};
watchStripper(stopLate);
// A stripper from the network is loaded in another way, which libraries.ts does not bound.
if (!isStripperBounded) boundWebAssembly(stopLate);

onceStarted((boot, port, [, libraries]) => {
  threadLabeler()("subint-compiler");
  if (libraries !== undefined) takeText(libraries);
  setHostBell(boot.hostBell);
  const report = (what: CompileReport) => {
    port.post(what);
    ringHost();
  };
  watchHeap(() => report({ type: "outOfMemory" }));
  // Not awaited: if a library fails to load, the unhandled rejection ends the thread.
  void loadLibraries().then(async () => {
    for (const source of WARM_UP) compile({ ...WARMING_UP, source });
    await whenKillable(boot.lockName);
    listen(port, report);
    report({ type: "ready", thread: threadName() });
  });
});

const WARMING_UP = {
  number: 0,
  limitMs: Infinity,
  options: { language: "typescript", wantsValue: true, filename: "warm-up" },
};

function listen(port: Port, report: (what: CompileReport) => void): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The host alone has the other end of the port.
  port.listen((order) => report(compile(order as CompileOrder)));
}

function compile({ number, limitMs, source, options }: CompileOrder): CompileReport {
  deadline = performance.now() + limitMs;
  try {
    const rewritten = rewrite(source, { ...options, isBounded: false });
    return { type: "done", number, rewritten };
  } catch (error) {
    if (error instanceof OutOfMemory) return { type: "outOfMemory" };
    if (error instanceof TooCostly) return { type: "outOfTime" };
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    const kind = error instanceof SyntaxError
      ? "SyntaxError"
      : error instanceof NotCallable
      ? "NotCallable"
      : "Error";
    return { type: "failed", number, kind, message, stack };
  }
}
