// The realm of an interpreter. Channels whose memory is known are used here, without the
// host; everything else is asked of the host.

import { type CheckedRunOptions, detachMoved, movedWith } from "../api/run_options.ts";
import type { CreatorCallbacks } from "../api/create_options.ts";
import type { StoredChannelOptions, StoredQueueOptions } from "../api/options.ts";
import type { Pool } from "../api/pool/pool.ts";
import type { LaneEnds, Pull, Realm, Start, WaitLimits } from "../api/realm.ts";
import { begunTrace, innerTrace } from "../api/tracing.ts";
import type { Channel } from "../channel/channel.ts";
import { ChannelRegistry } from "../channel/registry.ts";
import { setDeposits } from "../channel/deposits.ts";
import { receive } from "../codec/receive.ts";
import { encode } from "../codec/encode.ts";
import { movedOf } from "../codec/pieces.ts";
import { type Excinfo, InterpreterError } from "../errors.ts";
import { copyOf, SafeMap } from "../primordials.ts";
import { fromFailure } from "../protocol/failure.ts";
import type { Failure, LoadedScript, Packed } from "../protocol/frames.ts";
import type { CheckedCreateOptions, InterpreterInfo } from "../protocol/options.ts";
import type { OpenedChannel } from "../protocol/requests.ts";
import { tellFreed } from "../runtime/collector.ts";
import type { IncomingCalls } from "./calls_in.ts";
import { Collected } from "./collected.ts";
import { Creations } from "./creations.ts";
import { forHost, optionsForHost } from "./large.ts";
import { GuestPool } from "./pool.ts";
import { GuestPull } from "./pull.ts";
import { waitWithin } from "./waits.ts";
import type { Wire } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise } = globalThis;

/** The realm of an interpreter. */
export class GuestRealm implements Realm {
  readonly currentId: number;
  readonly channels: ChannelRegistry;
  readonly #wire: Wire;
  readonly #calls: IncomingCalls;
  readonly #creations: Creations;
  readonly #collected: Collected;
  /** Who hears of the end of a lane's other side, by the id of the channel that carries calls. */
  readonly #lanes = new SafeMap<number, (error: Error) => void>();
  #lastToken = 0;
  /** The channel that the host is telling about, which is closed. */
  #told: number | undefined;

  constructor(
    currentId: number,
    { wire, calls }: { readonly wire: Wire; readonly calls: IncomingCalls },
  ) {
    this.currentId = currentId;
    this.#wire = wire;
    this.#calls = calls;
    this.#creations = new Creations(wire, calls);
    this.channels = new ChannelRegistry(currentId, ({ id }, { byteLength }) => {
      tellFreed(byteLength);
      if (id !== this.#told) wire.post({ type: "channelClosed", id });
    });
    this.#collected = new Collected((ids) => wire.post({ type: "channelsCollected", ids }));
    setDeposits({
      deposit: (channel, pieces, channels) => {
        const token = ++this.#lastToken;
        wire.post({ type: "deposit", channel, token, pieces, channels }, movedOf(pieces));
        return token;
      },
      discard: (token) => wire.post({ type: "discard", token }),
      withdraw: (channel, sender, token) =>
        wire.requestSync("withdraw", { channel, sender, token }),
    });
  }

  async create(
    options: CheckedCreateOptions,
    { callbacks, signal }: {
      readonly callbacks: CreatorCallbacks;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<InterpreterInfo> {
    const creation = this.#creations.open(callbacks);
    const { answer } = this.#wire.request("create", { ...options, creation });
    answer.catch(() => this.#creations.forget(creation));
    return await abortable(answer, signal, () => {
      // The host finishes the creation; an interpreter that nobody waits for is ended again.
      void answer.then(({ id }) => this.terminate(id, "aborted"), () => {});
    });
  }

  createSync(options: CheckedCreateOptions, callbacks: CreatorCallbacks): InterpreterInfo {
    const creation = this.#creations.open(callbacks);
    try {
      return this.#wire.requestSync("create", { ...options, creation });
    } catch (error) {
      this.#creations.forget(creation);
      throw error;
    }
  }

  configure(): never {
    throw new InterpreterError(
      "Cannot configure from inside an interpreter: spares are kept by the main interpreter; call configure() there",
    );
  }

  list(): readonly InterpreterInfo[] {
    return this.#wire.requestSync("list", null);
  }

  describe(id: number): InterpreterInfo | undefined {
    if (id === 0) return { id, isolated: false, name: "main", whence: "main" };
    return this.#wire.requestSync("describe", id) ?? undefined;
  }

  isRunning(id: number): boolean {
    return id === 0 || this.#wire.requestSync("isRunning", id);
  }

  async run(id: number, source: string, options: CheckedRunOptions): Promise<unknown> {
    const { signal, ...rest } = options;
    signal?.throwIfAborted();
    const trace = begunTrace();
    // The host hears of the span before it hears of those in it.
    if (trace !== undefined) innerTrace()?.flush();
    const passed = optionsForHost({
      ...detachMoved(rest),
      ...(trace === undefined ? {} : { traceparent: trace.traceparent }),
    });
    const { call, answer } = this.#wire.request(
      "run",
      { id, source, options: passed },
      movedWith(passed),
    );
    let isAborted = false;
    const onAbort = () => {
      isAborted = true;
      this.#wire.request("abort", call);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return unpack(await answer);
    } catch (error) {
      // As in the host: when the run has ended, and its interpreter with it.
      throw isAborted ? signal?.reason : error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  runSync(id: number, source: string, options: CheckedRunOptions): unknown {
    const { signal: _, ...rest } = options;
    const passed = optionsForHost(detachMoved(rest));
    return unpack(
      this.#calls.whileBlocked(
        id,
        () => this.#wire.requestSync("run", { id, source, options: passed }, movedWith(passed)),
      ),
    );
  }

  async close(id: number): Promise<void> {
    await this.#wire.request("close", id).answer;
  }

  closeSync(id: number): void {
    this.#wire.requestSync("close", id);
  }

  async terminate(id: number, reason: string): Promise<void> {
    await this.#wire.request("terminate", { id, reason }).answer;
  }

  actor(id: number): never {
    throw new InterpreterError(
      `Cannot get the actor of interpreter ${id} from inside an interpreter: actors live in the main interpreter`,
    );
  }

  openLane(id: number, isInTurn: boolean, onEnd: (error: Error) => void): LaneEnds {
    const { calls, answers } = this.#wire.requestSync("openLane", { id, isInTurn });
    const ends = { calls: this.meet(calls), answers: this.meet(answers) };
    this.#lanes.set(ends.calls.id, onEnd);
    // The thread of an interpreter goes on anyway.
    return { ...ends, hold() {}, release() {} };
  }

  /** The interpreter at the other end of a lane has ended. */
  onLaneEnded(calls: number, failure: Failure): void {
    const onEnd = this.#lanes.get(calls);
    this.#lanes.delete(calls);
    onEnd?.(fromFailure(failure));
  }

  prepare(id: number, source: string, filename: string): Promise<LoadedScript> {
    return this.#wire.request("prepare", { id, source, filename }).answer;
  }

  trace(excinfo: Excinfo): Promise<Excinfo> {
    const { bytes } = encode(excinfo);
    return this.#wire.request("trace", forHost({ bytes: copyOf(bytes), shared: [] })).answer;
  }

  createPool(): never {
    throw new InterpreterError(
      "Cannot make an InterpreterPoolExecutor inside an interpreter: pools live in the main interpreter; make one there, and hand it over as a value or an argument",
    );
  }

  findPool(id: number): Pool {
    return new GuestPool(this.#wire, id);
  }

  createChannel(options: StoredChannelOptions): number {
    return this.#meetNew(this.#wire.requestSync("createChannel", options));
  }

  createQueue(options: StoredQueueOptions): number {
    return this.#meetNew(this.#wire.requestSync("createQueue", options));
  }

  #meetNew({ id, buffer }: OpenedChannel): number {
    if (buffer !== null) this.meet(buffer);
    return id;
  }

  openChannel(id: number): Channel | undefined {
    const known = this.channels.get(id);
    if (known !== undefined) return known;
    const { buffer } = this.#wire.requestSync("openChannel", id);
    return buffer === null ? undefined : this.meet(buffer);
  }

  /** The channel in that memory; the host hears when the memory has been collected here. */
  meet(buffer: SharedArrayBuffer): Channel {
    const channel = this.channels.add(buffer);
    // A channel that was met before has another object, which is watched already.
    if (channel.buffer === undefined || channel.buffer === buffer) {
      this.#collected.watch(buffer, channel.id);
    }
    return channel;
  }

  /** The host says that a channel is closed. */
  onChannelClosed(id: number): void {
    this.#told = id;
    try {
      this.channels.look(id);
    } finally {
      this.#told = undefined;
    }
  }

  listChannels(): readonly number[] {
    return this.#wire.requestSync("listChannels", null);
  }

  pull(channel: Channel): Pull {
    return new GuestPull(channel);
  }

  wait<A>(start: Start<A>, limits: WaitLimits): Promise<A> {
    return waitWithin(start, limits);
  }
}

function unpack(packed: Packed | null): unknown {
  return packed === null ? undefined : receive("The result", packed);
}

/** The promise, which an abort rejects with the signal's reason. */
function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  onAbort: () => void,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      onAbort();
    };
    signal.addEventListener("abort", abort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
