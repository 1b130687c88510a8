// Puts together what the host shows, what has been recorded, and how fast it changes.

import type { Inspection, InterpreterFacts, ThreadUsage } from "../api/inspection.ts";
import { process } from "../runtime/builtins.ts";
import type { ChannelView, InterpreterView, ProcessView, Snapshot } from "./protocol.ts";
import type { Recorder } from "./recorder.ts";
import { Rates } from "./rates.ts";

/** A thread that has not told what it uses by then counts with what it told last. */
const USAGE_MS = 100;
const NOTHING: ThreadUsage = { heapUsed: null, heapTotal: null, cpuTime: null };

/** Takes snapshots of this process. */
export class Snapshots {
  readonly #host: Inspection;
  readonly #recorder: Recorder;
  readonly #channels = new Rates<string>(2 ** 32);
  readonly #processors = new Rates<number>();
  readonly #usages = new Map<number, ThreadUsage>();
  /** Interpreters that have been asked what they use, and have not told yet. */
  readonly #asked = new Set<number>();

  constructor(host: Inspection, recorder: Recorder) {
    this.#host = host;
    this.#recorder = recorder;
  }

  /** Takes one; resolves within about a tenth of a second. */
  async take(): Promise<Snapshot> {
    await this.#ask();
    const now = performance.now();
    const interpreters = this.#host.interpreters();
    const snapshot: Snapshot = {
      version: 1,
      time: Date.now(),
      recordedSince: this.#recorder.since,
      process: this.#process(now),
      interpreters: interpreters.map((facts) => this.#interpreter(facts, now)),
      ended: [...this.#recorder.ended],
      channels: this.#channelViews(now),
      pools: this.#host.pools(),
      runs: [...this.#recorder.runs],
    };
    this.#channels.end();
    this.#processors.end();
    return snapshot;
  }

  /** Asks each interpreter what it uses, unless it owes an answer, and waits for a moment. */
  async #ask(): Promise<void> {
    const ids = this.#host.interpreters().map(({ id }) => id);
    for (const id of this.#usages.keys()) if (!ids.includes(id)) this.#usages.delete(id);
    const asking = ids.filter((id) => !this.#asked.has(id)).map(async (id) => {
      this.#asked.add(id);
      try {
        const usage = await this.#host.usage(id);
        const last = this.#usages.get(id) ?? NOTHING;
        this.#usages.set(id, {
          heapUsed: usage.heapUsed ?? last.heapUsed,
          heapTotal: usage.heapTotal ?? last.heapTotal,
          cpuTime: usage.cpuTime ?? last.cpuTime,
        });
      } finally {
        this.#asked.delete(id);
      }
    });
    if (asking.length === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, USAGE_MS));
    await Promise.race([Promise.allSettled(asking), late]);
    clearTimeout(timer);
  }

  #interpreter({ id, ...facts }: InterpreterFacts, nowMs: number): InterpreterView {
    const { created = NaN, run, runs = 0 } = this.#recorder.of(id) ?? {};
    const usage = this.#usages.get(id) ?? NOTHING;
    const busyMs = this.#processors.look(id, usage.cpuTime, nowMs);
    return {
      id,
      ...facts,
      created: Number.isNaN(created) ? null : created,
      run: run ?? null,
      runs,
      ...usage,
      cpu: busyMs === null ? null : busyMs / 1_000,
    };
  }

  #channelViews(nowMs: number): ChannelView[] {
    return this.#host.channels().map(({ maxsize, kind, waitingSenders, ...facts }) => ({
      kind,
      ...facts,
      capacity: maxsize,
      // Those who wait until a queue has room are not counted.
      waitingSenders: kind === "queue" && maxsize !== null && facts.depth >= maxsize
        ? null
        : waitingSenders,
      rate: this.#channels.look(`${kind} ${facts.id}`, facts.received, nowMs),
    })).sort((a, b) => rank(a) - rank(b) || a.id - b.id);
  }

  #process(nowMs: number): ProcessView {
    const { runtime } = this.#host;
    const key = { Deno: "deno", Bun: "bun", Node: "node" }[runtime];
    const cpuMs = quietly(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    });
    const busyMs = this.#processors.look(0, cpuMs, nowMs);
    return {
      pid: process.pid,
      runtime,
      version: process.versions[key] ?? "",
      memory: quietly(() => process.memoryUsage().rss),
      cpu: busyMs === null ? null : busyMs / 1_000,
    };
  }
}

/** What the process may ask about itself; Deno may have been told to refuse. */
function quietly(ask: () => number): number | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

/** Channels come first. */
function rank({ kind }: ChannelView): number {
  return kind === "channel" ? 0 : 1;
}
