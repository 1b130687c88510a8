// The realm of an interpreter: what can be known or done here is done here
// (channels, once their memory is known), the rest is asked of the host.

import { atCaller } from "../api/caller.ts";
import type { CheckedRunOptions } from "../api/run_options.ts";
import type { CheckedCreateOptions, CreatorCallbacks, OutputSink } from "../api/create_options.ts";
import type { ChannelOptions } from "../api/options.ts";
import {
  type InterpreterInfo,
  LONGEST_DELAY_MS,
  type Realm,
  type WaitLimits,
} from "../api/realm.ts";
import type { Channel, GiveUp, Settle } from "../channel/channel.ts";
import { asOne } from "../channel/critical_section.ts";
import { ChannelRegistry } from "../channel/registry.ts";
import { setVault } from "../channel/deposits.ts";
import { decode } from "../codec/decode.ts";
import { InterpreterError, UnsupportedError } from "../errors.ts";
import { SafeMap } from "../primordials.ts";
import type { HostFrame, OutputStream, Packed } from "../protocol/frames.ts";
import { tellFreed } from "../runtime/collector.ts";
import type { Answers } from "./calls_in.ts";
import { Collected } from "./collected.ts";
import { expectObject, type Wire } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { Map, Promise, clearTimeout, queueMicrotask, setTimeout } = globalThis;

type OutputFrame = Extract<HostFrame, { type: "output" }>;

interface Opened {
  readonly id: number;
  readonly buffer: SharedArrayBuffer | null;
}

/** The guest's side. */
export class GuestRealm implements Realm {
  readonly currentId: number;
  readonly channels: ChannelRegistry;
  readonly #wire: Wire;
  readonly #answers: Answers;
  /** Where output of the interpreters goes that this one created, by the call that did. */
  readonly #creations = new Map<number, Partial<Record<OutputStream, OutputSink | undefined>>>();
  readonly #collected: Collected;
  /** What ends the waits that have a signal. */
  readonly #abortable = new SafeMap<() => void, AbortSignal>();
  #lastToken = 0;
  /** The channel of which the host has just told that it is closed. */
  #told: number | undefined;

  constructor(
    currentId: number,
    { wire, answers }: { readonly wire: Wire; readonly answers: Answers },
  ) {
    this.currentId = currentId;
    this.#wire = wire;
    this.#answers = answers;
    this.channels = new ChannelRegistry(currentId, ({ id }, { byteLength }) => {
      tellFreed(byteLength);
      if (id !== this.#told) wire.post({ type: "channelClosed", id });
    });
    this.#collected = new Collected((ids) => wire.post({ type: "channelsCollected", ids }));
    wire.onOutput((frame) => this.#onOutput(frame));
    setVault({
      deposit: (channel, buffers, channels) => {
        const token = ++this.#lastToken;
        wire.post({ type: "deposit", channel, token, buffers, channels });
        return token;
      },
      discard: (token) => wire.post({ type: "discard", token }),
      withdraw: (channel, sender, token) => {
        const answer = wire.requestSync("withdraw", { channel, sender, token });
        return expectObject<readonly SharedArrayBuffer[]>(answer, "withdraw");
      },
    });
  }

  async create(
    options: CheckedCreateOptions,
    { callbacks, signal }: {
      readonly callbacks: CreatorCallbacks;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<InterpreterInfo> {
    const { creation, forget } = this.#expect(callbacks);
    const created = this.#wire.request("create", { ...options, creation });
    created.catch(forget);
    const info = expectObject<InterpreterInfo>(
      await abortable(created, signal, () => {
        // The host finishes the creation; what nobody waits for is ended again.
        void created.then((late) => {
          const { id } = expectObject<InterpreterInfo>(late, "create");
          return this.terminate(id, "aborted");
        }, () => {});
      }),
      "create",
    );
    return info;
  }

  createSync(options: CheckedCreateOptions, callbacks: CreatorCallbacks): InterpreterInfo {
    const { creation, forget } = this.#expect(callbacks);
    try {
      const info = this.#wire.requestSync("create", { ...options, creation });
      return expectObject<InterpreterInfo>(info, "create");
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** What the next call creates calls back: output goes to the sinks, calls to the functions. */
  #expect(callbacks: CreatorCallbacks): { readonly creation: number; readonly forget: () => void } {
    if (callbacks.stdin !== undefined) {
      throw new UnsupportedError(
        "Cannot create an interpreter: stdin cannot be a stream inside an interpreter; hand over text, or create it in the main interpreter",
      );
    }
    const call = this.#wire.lastCall + 1;
    if (callbacks.stdout !== undefined || callbacks.stderr !== undefined) {
      this.#creations.set(call, { ...callbacks });
    }
    const creation = this.#answers.add(callbacks.functions);
    const forget = () => {
      this.#creations.delete(call);
      this.#answers.remove(creation);
    };
    return { creation, forget };
  }

  #onOutput({ creation, stream, text }: OutputFrame): void {
    const sinks = this.#creations.get(creation);
    const sink = sinks?.[stream];
    if (text === null) {
      sink?.end();
      if (sinks !== undefined) sinks[stream] = undefined;
      if (sinks?.stdout === undefined && sinks?.stderr === undefined) {
        this.#creations.delete(creation);
      }
      return;
    }
    const taken = () => this.#wire.post({ type: "taken", creation, stream });
    const full = sink?.write(text);
    if (full === undefined) taken();
    else void full.then(taken);
  }

  configure(): never {
    throw new InterpreterError(
      "Cannot configure from inside an interpreter: spares are kept by the main interpreter; call configure() there",
    );
  }

  list(): readonly InterpreterInfo[] {
    return expectObject<InterpreterInfo[]>(this.#wire.requestSync("list", null), "list");
  }

  describe(id: number): InterpreterInfo | undefined {
    if (id === 0) return { id, isolated: false, name: "main" };
    return (this.#wire.requestSync("describe", id) ?? undefined) as InterpreterInfo | undefined;
  }

  isRunning(id: number): boolean {
    return id === 0 || this.#wire.requestSync("isRunning", id) === true;
  }

  async run(id: number, source: string, options: CheckedRunOptions): Promise<unknown> {
    const { signal, ...rest } = options;
    signal?.throwIfAborted();
    const done = this.#wire.request("run", { id, source, options: rest });
    const call = this.#wire.lastCall;
    let isAborted = false;
    const onAbort = () => {
      isAborted = true;
      void this.#wire.request("abort", call);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return unpack(await done);
    } catch (error) {
      // As in the host: when the run has ended, and its interpreter with it.
      throw isAborted ? signal?.reason : error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  runSync(id: number, source: string, options: CheckedRunOptions): unknown {
    const { signal: _, ...rest } = options;
    return unpack(
      this.#answers.whileBlocked(
        id,
        () => this.#wire.requestSync("run", { id, source, options: rest }),
      ),
    );
  }

  async close(id: number): Promise<void> {
    await this.#wire.request("close", id);
  }

  closeSync(id: number): void {
    this.#wire.requestSync("close", id);
  }

  async terminate(id: number, reason: string): Promise<void> {
    await this.#wire.request("terminate", { id, reason });
  }

  actor(id: number): never {
    throw new InterpreterError(
      `Cannot get the actor of interpreter ${id} from inside an interpreter: actors live in the main interpreter`,
    );
  }

  createChannel(options: Required<ChannelOptions>): number {
    const answer = expectObject<Opened>(
      this.#wire.requestSync("createChannel", options),
      "channel",
    );
    if (answer.buffer !== null) this.meet(answer.buffer);
    return answer.id;
  }

  openChannel(id: number): Channel | undefined {
    const known = this.channels.get(id);
    if (known !== undefined) return known;
    const { buffer } = expectObject<Opened>(this.#wire.requestSync("openChannel", id), "channel");
    return buffer === null ? undefined : this.meet(buffer);
  }

  /** The channel in that memory; the host learns when that has been collected here. */
  meet(buffer: SharedArrayBuffer): Channel {
    const channel = this.channels.add(buffer);
    // Met before, it came as another object, and that one is watched.
    if (channel.buffer === undefined || channel.buffer === buffer) {
      this.#collected.watch(buffer, channel.id);
    }
    return channel;
  }

  /** The host tells that somebody has closed a channel. */
  onChannelClosed(id: number): void {
    this.#told = id;
    try {
      this.channels.look(id);
    } finally {
      this.#told = undefined;
    }
  }

  listChannels(): readonly number[] {
    return expectObject<number[]>(this.#wire.requestSync("listChannels", null), "channels");
  }

  /** Source was interrupted, maybe while it aborted: then not all who wait have heard of it. */
  onInterrupted(): void {
    this.#abortable.forEach(({ aborted }, onAbort) => {
      if (aborted) onAbort();
    });
  }

  wait<A>(start: (settle: Settle<A>) => GiveUp, limits: WaitLimits): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      const { signal, timeoutMs, onTimeout, caller } = limits;
      let isSettled = false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let onAbort: (() => void) | undefined;
      const finish = () => {
        isSettled = true;
        clearTimeout(timer);
        if (signal === undefined || onAbort === undefined) return;
        signal.removeEventListener("abort", onAbort);
        this.#abortable.delete(onAbort);
      };
      // Not in the middle of what the channel does: to read a stack may be to run source.
      const fail = (reason: () => unknown) =>
        queueMicrotask(() => reject(atCaller(reason(), caller, signal)));
      const begin = () => {
        const giveUp = start({
          resolve(value) {
            finish();
            resolve(value);
          },
          reject(error) {
            finish();
            fail(() => error);
          },
        });
        const end = (reason: () => unknown) =>
          asOne(() => {
            if (!giveUp()) return;
            finish();
            fail(reason);
          });
        if (isSettled) return;
        if (timeoutMs < LONGEST_DELAY_MS) timer = setTimeout(() => end(onTimeout), timeoutMs);
        if (signal === undefined) return;
        onAbort = () => end(() => signal.reason);
        signal.addEventListener("abort", onAbort);
        this.#abortable.set(onAbort, signal);
      };
      try {
        // A wait that has begun and hears of no signal would take an item that nobody sees.
        asOne(begin);
      } catch (error) {
        fail(() => error);
      }
    });
  }
}

function unpack(answer: unknown): unknown {
  if (answer === null || answer === undefined) return undefined;
  const { bytes, shared } = expectObject<Packed>(answer, "run");
  return decode(bytes, shared);
}

/** The promise, or a rejection with the signal's reason as soon as it is aborted. */
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
