// Output of one interpreter: where the host sends it, and how many bytes it was. The guest sends
// text. How many bytes that is, and when it is too much, is decided here.

import type { CreatorCallbacks, OutputSink } from "../../api/create_options.ts";
import { OUTPUT_LENGTH } from "../../protocol/check.ts";
import type { OutputRoute, OutputStream } from "../../protocol/frames.ts";
import type { CheckedCreateOptions, OutputTarget } from "../../protocol/options.ts";
import { writeOutput } from "../../runtime/program.ts";

// The longest text of a frame, in UTF-8.
const scratch = new Uint8Array(3 * OUTPUT_LENGTH);
const encoder = new TextEncoder();

/** What the output needs to know about its interpreter. */
export interface OutputSettings {
  readonly options: CheckedCreateOptions;
  readonly callbacks: CreatorCallbacks;
  /** The output of the creator, if another interpreter is the creator. */
  readonly creator: Output | undefined;
  /** It wrote more than its limit, or its creator's. */
  readonly onLimit: (limit: number) => void;
}

/** The output of one interpreter. */
export class Output {
  readonly #creator: Output | undefined;
  readonly #callbacks: CreatorCallbacks;
  readonly #sinks: Readonly<Record<OutputStream, OutputSink | undefined>>;
  readonly #limit: number | undefined;
  readonly #onLimit: (limit: number) => void;
  #left: number;
  /** What the guest does with each stream. */
  readonly routes: Readonly<Record<OutputStream, OutputRoute>>;

  constructor({ options, callbacks, creator, onLimit }: OutputSettings) {
    const { stdout, stderr, limits: { outputBytes } } = options;
    this.#creator = creator;
    this.#callbacks = callbacks;
    this.#sinks = {
      stdout: this.#sinkOf("stdout", stdout),
      stderr: this.#sinkOf("stderr", stderr),
    };
    this.#limit = outputBytes;
    this.#left = outputBytes ?? Infinity;
    this.#onLimit = onLimit;
    this.routes = {
      stdout: this.#routeOf("stdout", stdout),
      stderr: this.#routeOf("stderr", stderr),
    };
  }

  /** Takes a piece; a promise means that there is no room for more until it is fulfilled. */
  write(stream: OutputStream, text: string): PromiseLike<void> | undefined {
    const allowed = this.#count(text, this.#onLimit);
    return allowed === "" ? undefined : this.#sinks[stream]?.write(allowed);
  }

  /** As `write`, for text of the host's own making, which may be long. */
  report(text: string): PromiseLike<void> | undefined {
    let full: PromiseLike<void> | undefined;
    for (let start = 0; start < text.length; start += OUTPUT_LENGTH) {
      full = this.write("stderr", text.slice(start, start + OUTPUT_LENGTH)) ?? full;
    }
    return full;
  }

  /** The interpreter is gone. */
  end(): void {
    this.#callbacks.stdout?.end();
    this.#callbacks.stderr?.end();
  }

  /** The part of the text that the limits of this one and of its creators still allow. */
  #count(text: string, onLimit: (limit: number) => void): string {
    const allowed = this.#limit === undefined ? text : this.#cut(text);
    if (allowed !== text) {
      onLimit(this.#limit ?? 0);
      if (onLimit !== this.#onLimit) this.#onLimit(this.#limit ?? 0);
    }
    return this.#creator === undefined ? allowed : this.#creator.#count(allowed, onLimit);
  }

  #cut(text: string): string {
    const room = Math.min(this.#left, scratch.length);
    const { read, written } = encoder.encodeInto(text, scratch.subarray(0, room));
    this.#left -= written;
    if (read === text.length) return text;
    this.#left = 0;
    return text.slice(0, read);
  }

  #isLimited(): boolean {
    return this.#limit !== undefined ||
      (this.#creator !== undefined && this.#creator.#isLimited());
  }

  #routeOf(stream: OutputStream, target: OutputTarget): OutputRoute {
    if (target === "sink" || this.#isLimited()) return "host";
    if (target === "ignore") return "drop";
    return this.#creator?.routes[stream] ?? "direct";
  }

  #sinkOf(stream: OutputStream, target: OutputTarget): OutputSink | undefined {
    if (target === "ignore") return undefined;
    if (target === "sink") return this.#callbacks[stream];
    if (this.#creator !== undefined) return this.#creator.#sinks[stream];
    return { write: (text) => writeOutput(stream, text), end: () => {} };
  }
}
