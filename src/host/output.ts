// Output of one interpreter: where the host sends it, and the count of its bytes. What
// the guest says is text; how many bytes that is, and when it is too much, is decided here.

import type {
  CheckedCreateOptions,
  CreatorCallbacks,
  OutputSink,
  OutputTarget,
} from "../api/create_options.ts";
import { OUTPUT_LENGTH } from "../protocol/check.ts";
import type { OutputRoute, OutputStream } from "../protocol/frames.ts";
import { writeOutput } from "../runtime/program.ts";

// The longest text of a frame, in UTF-8.
const scratch = new Uint8Array(3 * OUTPUT_LENGTH);
const encoder = new TextEncoder();

/** What the output of an interpreter needs to know of it. */
export interface OutputSettings {
  readonly options: CheckedCreateOptions;
  readonly callbacks: CreatorCallbacks;
  /** It wrote more than its limit. */
  readonly onLimit: (limit: number) => void;
}

/** The output of one interpreter. */
export class Output {
  readonly #sinks: Readonly<Record<OutputStream, OutputSink | undefined>>;
  readonly #limit: number | undefined;
  readonly #onLimit: (limit: number) => void;
  #left: number;
  /** What the guest does with each stream. */
  readonly routes: Readonly<Record<OutputStream, OutputRoute>>;

  constructor({ options, callbacks, onLimit }: OutputSettings) {
    const { stdout, stderr, limits: { outputBytes } } = options;
    this.#sinks = {
      stdout: sinkOf("stdout", stdout, callbacks),
      stderr: sinkOf("stderr", stderr, callbacks),
    };
    this.#limit = outputBytes;
    this.#left = outputBytes ?? Infinity;
    this.#onLimit = onLimit;
    const isLimited = outputBytes !== undefined;
    this.routes = { stdout: routeOf(stdout, isLimited), stderr: routeOf(stderr, isLimited) };
  }

  /** Takes a piece; a promise means that there is no room for more until it is fulfilled. */
  write(stream: OutputStream, text: string): PromiseLike<void> | undefined {
    const allowed = this.#limit === undefined ? text : this.#count(text);
    const full = allowed === "" ? undefined : this.#sinks[stream]?.write(allowed);
    if (allowed !== text) this.#onLimit(this.#limit ?? 0);
    return full;
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
    this.#sinks.stdout?.end();
    this.#sinks.stderr?.end();
  }

  /** The part of the text that the limit still allows. */
  #count(text: string): string {
    const room = Math.min(this.#left, scratch.length);
    const { read, written } = encoder.encodeInto(text, scratch.subarray(0, room));
    this.#left -= written;
    if (read === text.length) return text;
    this.#left = 0;
    return text.slice(0, read);
  }
}

function routeOf(target: OutputTarget, isLimited: boolean): OutputRoute {
  if (isLimited || target === "sink") return "host";
  return target === "inherit" ? "direct" : "drop";
}

function sinkOf(
  stream: OutputStream,
  target: OutputTarget,
  callbacks: CreatorCallbacks,
): OutputSink | undefined {
  if (target === "ignore") return undefined;
  if (target === "sink") return callbacks[stream];
  return { write: (text) => writeOutput(stream, text), end: () => {} };
}
