// Standard input of an interpreter. The runtimes have many ways to read it; all of them lead here, to
// one stream.

// Taken now: source may declare names of its own that hide these.
const { TextDecoder, Uint8Array, globalThis: scope } = globalThis;

/** Where input comes from. */
export interface Input {
  /** The next bytes, at most so many; `null` at the end. */
  read(length: number): Promise<Uint8Array | null>;
  /** As `read`, but blocks until there are some. */
  readSync(length: number): Uint8Array | null;
}

/** What is asked for in one read. */
const CHUNK = 2 ** 16;
const NEWLINE = 10;

/** Everything up to the end. */
export async function readAll(input: Input): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await input.read(CHUNK);
    if (piece === null) return joined(pieces);
    pieces.push(piece);
  }
}

/** As `readAll`, but blocks until then. */
export function readAllSync(input: Input): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = input.readSync(CHUNK);
    if (piece === null) return joined(pieces);
    pieces.push(piece);
  }
}

/** One line without its end, read byte by byte so that no more is taken; `null` at the end. */
export function readLineSync(input: Input): string | null {
  const bytes: number[] = [];
  for (;;) {
    const byte = input.readSync(1);
    if (byte === null && bytes.length === 0) return null;
    if (byte === null || byte[0] === NEWLINE) {
      return new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\r$/, "");
    }
    bytes.push(byte[0] ?? NEWLINE);
  }
}

/** The lines, as they come in. */
export async function* linesOf(input: Input): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const piece = await input.read(CHUNK);
    rest += piece === null ? decoder.decode() : decoder.decode(piece, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? "";
    yield* lines;
    if (piece !== null) continue;
    if (rest !== "") yield rest;
    return;
  }
}

/** A stream of bytes that reads when it is read. */
export function readableOf(input: Input): ReadableStream<Uint8Array> {
  // Read here: Node would load the module behind it in each thread.
  const { ReadableStream } = scope;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await input.read(CHUNK);
      if (piece === null) controller.close();
      else controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const all = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}
