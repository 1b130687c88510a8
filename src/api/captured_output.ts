// Output of interpreters that this realm created: `"capture"` becomes a stream, a function is
// called. What is captured stays in this realm until somebody reads it, also after the
// interpreter has ended.

import { InterpreterError } from "../errors.ts";
import { hold, release } from "../runtime/keep_alive.ts";
import { captureContext } from "../runtime/async_context.ts";
import { reportError } from "../runtime/program.ts";
import type { CreatorCallbacks, OutputOption, OutputSink } from "./create_options.ts";

// Taken now: source may declare names of its own that hide these.
const { Map, Promise, ReadableStream, WeakMap } = globalThis;

/** How much may be unread before the interpreter waits for its reader: bytes, about. */
const CAPACITY = 2 ** 25;
/** What a piece takes besides its text, in bytes. */
const PIECE_SIZE = 64;
/** How many pieces that have been read may stay at the front of the list. */
const LONGEST_READ = 2 ** 14;

/** What an interpreter wrote, as a stream. A read that waits keeps the process alive. */
class Capture implements OutputSink {
  readonly stream: ReadableStream<string>;
  #controller: ReadableStreamDefaultController<string> | undefined;
  #pieces: string[] = [];
  /** Pieces before this one have been read. */
  #next = 0;
  #size = 0;
  #isEnded = false;
  /** Ends the wait of a read. */
  #wake: (() => void) | undefined;
  #room: Promise<void> | undefined;
  #giveRoom: (() => void) | undefined;
  /** Called at the end. */
  onEnd: () => void = () => {};

  constructor() {
    // With this mark the stream pulls when somebody reads, and not before.
    this.stream = new ReadableStream<string>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#controller = undefined;
        this.#pieces = [];
        this.#makeRoom();
        this.#wake?.();
      },
    }, { highWaterMark: 0 });
  }

  write(text: string): PromiseLike<void> | undefined {
    if (this.#controller === undefined) return undefined;
    if (this.#wake !== undefined) {
      this.#controller.enqueue(text);
      this.#wake();
      return undefined;
    }
    this.#pieces.push(text);
    this.#size += PIECE_SIZE + text.length;
    if (this.#size < CAPACITY) return undefined;
    return this.#room ??= new Promise((resolve) => {
      this.#giveRoom = resolve;
    });
  }

  end(): void {
    this.#isEnded = true;
    if (this.#next === this.#pieces.length) this.#close();
    this.onEnd();
  }

  #pull(): Promise<void> | undefined {
    const text = this.#pieces[this.#next];
    if (text === undefined) {
      hold();
      return new Promise((resolve) => {
        this.#wake = () => {
          this.#wake = undefined;
          release();
          resolve();
        };
      });
    }
    this.#controller?.enqueue(text);
    this.#size -= PIECE_SIZE + text.length;
    if (++this.#next === this.#pieces.length) {
      this.#pieces = [];
      this.#next = 0;
      if (this.#isEnded) this.#close();
    } else if (this.#next >= LONGEST_READ) {
      this.#pieces = this.#pieces.slice(this.#next);
      this.#next = 0;
    }
    if (this.#size < CAPACITY) this.#makeRoom();
    return undefined;
  }

  #close(): void {
    this.#controller?.close();
    this.#controller = undefined;
    this.#wake?.();
  }

  #makeRoom(): void {
    this.#giveRoom?.();
    this.#giveRoom = undefined;
    this.#room = undefined;
  }
}

/** The part of one output option that stays here and takes what the interpreter writes. */
export function sinkOf(name: string, option: OutputOption | undefined): OutputSink | undefined {
  if (option === "capture") return new Capture();
  if (typeof option !== "function") return undefined;
  const report = (error: unknown) => reportError(`the callback of ${name}`, error);
  const inContext = captureContext();
  return {
    write(text) {
      try {
        // A callback may be asynchronous; nobody else would hear of its failure.
        const result: unknown = inContext(() => option(text));
        if (result instanceof Promise) result.catch(report);
      } catch (error) {
        report(error);
      }
      return undefined;
    },
    end() {},
  };
}

/** The streams of one interpreter. */
type Captured = Pick<CreatorCallbacks, "stdout" | "stderr">;

/** Captured output of interpreters that have not ended, by id. */
const live = new Map<number, Captured>();
/** The same by handle: as long as somebody has that, its streams stay readable. */
const byHandle = new WeakMap<object, Captured>();

/** Remembers what an interpreter captures, for `outputOf`. */
export function keepOutput(handle: { readonly id: number }, callbacks: CreatorCallbacks): void {
  const { id } = handle;
  const captured: Captured = { stdout: callbacks.stdout, stderr: callbacks.stderr };
  for (const sink of [captured.stdout, captured.stderr]) {
    if (!(sink instanceof Capture)) continue;
    live.set(id, captured);
    byHandle.set(handle, captured);
    sink.onEnd = () => live.delete(id);
  }
}

/** The stream of captured output; throws if it is not captured here. */
export function outputOf(
  handle: { readonly id: number },
  name: "stdout" | "stderr",
): ReadableStream<string> {
  const captured = byHandle.get(handle) ?? live.get(handle.id);
  if (captured !== undefined) byHandle.set(handle, captured);
  const sink = captured?.[name];
  if (sink instanceof Capture) return sink.stream;
  throw new InterpreterError(
    `Cannot read ${name} of interpreter ${handle.id}: it is not captured here; create it with ${name}: "capture"`,
  );
}
