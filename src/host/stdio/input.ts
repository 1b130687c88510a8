// Standard input of one interpreter. Its guest asks for each piece, so that no more of it is on
// its way than source reads. What a piece is, and who gets it, is decided here.

import type { CreatorCallbacks } from "../../api/create_options.ts";
import { InterpreterError } from "../../errors.ts";
import type { CheckedCreateOptions } from "../../protocol/options.ts";
import { readInput } from "../../runtime/program.ts";
import type { Done } from "../outcome.ts";

/** The most that one read gets. */
const LONGEST_READ = 2 ** 16;
const encoder = new TextEncoder();

/** Bytes, `null` at the end, or a promise of either. */
type Piece = Uint8Array | null | Promise<Uint8Array | null>;

/** Gives the next piece, of whatever length. */
interface Source {
  next(): Piece;
  /** Called when nobody will ask again. */
  end(): void;
}

interface Reader {
  readonly length: number;
  readonly done: Done<Uint8Array | null>;
}

/** What reads take from, in the order in which they come. */
export class Input {
  readonly #source: Source;
  readonly #readers: Reader[] = [];
  #rest: Uint8Array | undefined;
  #isReading = false;
  #isEnded = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Gives the next bytes, at most so many.
   *
   * @param isBlocked Whether the program blocks until the reader's run is done. Then nothing that
   *   has to be waited for can come.
   */
  read(length: number, isBlocked: boolean, done: Done<Uint8Array | null>): void {
    const most = Math.max(1, Math.min(length, LONGEST_READ));
    this.#readers.push({ length: most, done });
    this.#serve();
    if (!isBlocked || !this.#isReading) return;
    const index = this.#readers.findIndex((reader) => reader.done === done);
    if (index === -1) return;
    this.#readers.splice(index, 1);
    done({
      ok: false,
      error: new InterpreterError(
        "Cannot read standard input: none has arrived, and the program blocks until this run is done; use run() there, not runSync()",
      ),
    });
  }

  /** Its interpreter is gone. */
  end(): void {
    this.#readers.length = 0;
    this.#isEnded = true;
    this.#rest = undefined;
    this.#source.end();
  }

  #serve(): void {
    while (this.#readers.length > 0 && !this.#isReading) {
      if (this.#rest === undefined && !this.#isEnded) {
        this.#fetch();
        continue;
      }
      const reader = this.#readers.shift();
      reader?.done({ ok: true, value: this.#take(reader.length) });
    }
  }

  #take(length: number): Uint8Array | null {
    if (this.#rest === undefined) return null;
    // A copy: what goes to a thread takes the whole of its buffer along.
    const taken = this.#rest.slice(0, length);
    this.#rest = length < this.#rest.length ? this.#rest.subarray(length) : undefined;
    return taken;
  }

  #fetch(): void {
    const piece = attemptNext(this.#source);
    if (!(piece instanceof Promise)) {
      this.#keep(piece);
      return;
    }
    this.#isReading = true;
    void this.#wait(piece);
  }

  async #wait(piece: Promise<Uint8Array | null>): Promise<void> {
    try {
      const bytes = await piece;
      this.#keep(bytes);
      // A stream may give empty pieces for ever: the program's timers have to run all the same.
      if (bytes?.length === 0) await new Promise((resolve) => setImmediate(resolve));
    } catch (error) {
      this.#fail(error);
    }
    this.#isReading = false;
    this.#serve();
  }

  #keep(piece: Uint8Array | null): void {
    if (piece === null) this.#isEnded = true;
    else if (piece.length > 0 && !this.#isEnded) this.#rest = piece;
  }

  /** The first that waits gets the error; for the others it is the end. */
  #fail(cause: unknown): void {
    this.#isEnded = true;
    const error = new InterpreterError("Cannot read standard input: its stream has failed", {
      cause,
    });
    this.#readers.shift()?.done({ ok: false, error });
  }
}

function attemptNext(source: Source): Piece {
  try {
    return source.next();
  } catch (error) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The stream decides what it throws, which becomes a cause as it is.
    return Promise.reject(error as Error);
  }
}

/** The input of an interpreter; `undefined`: it has none. */
export function openInput(
  { stdin }: CheckedCreateOptions,
  callbacks: CreatorCallbacks,
  ofCreator: () => Input | undefined,
): Input | undefined {
  switch (stdin.kind) {
    case "none":
      return undefined;
    case "text":
      return new Input(textSource(stdin.text));
    case "stream":
      return callbacks.stdin === undefined ? undefined : new Input(streamSource(callbacks.stdin));
    case "inherit":
      return ofCreator();
  }
}

function textSource(text: string): Source {
  let start = 0;
  return {
    next() {
      if (start >= text.length) return null;
      let end = start + LONGEST_READ;
      // Both halves of a surrogate pair stay together.
      if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
      const bytes = encoder.encode(text.slice(start, end));
      start = end;
      return bytes;
    },
    end: () => {},
  };
}

function streamSource(stream: ReadableStream<string | Uint8Array>): Source {
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  // As a TextEncoderStream does: a character may be spread over two pieces of text.
  let high = "";
  const encode = (piece: string): Uint8Array => {
    const text = high + piece;
    high = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
    return encoder.encode(high === "" ? text : text.slice(0, -1));
  };
  return {
    async next() {
      // Not before it is needed: a stream that is never read stays its owner's.
      reader ??= stream.getReader();
      const { done, value } = await reader.read();
      if (done) {
        const rest = high;
        high = "";
        return rest === "" ? null : encoder.encode(rest);
      }
      if (typeof value === "string") return encode(value);
      if (value instanceof Uint8Array) return value;
      throw new TypeError("the stream gave something else than text or a Uint8Array");
    },
    // An object that only looks like a stream may throw here, or return nothing.
    end: () => void cancel(reader).catch(() => {}),
  };
}

async function cancel(reader: ReadableStreamDefaultReader<unknown> | undefined): Promise<void> {
  await reader?.cancel("the interpreter has ended");
}

let programInput: Input | undefined;

/** The program's own standard input. All interpreters that are handed it share it. */
export function programStandardInput(): Input {
  return programInput ??= new Input({ next: readInput, end: () => {} });
}
