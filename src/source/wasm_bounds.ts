// Bounds for the type stripper, which is WebAssembly. No runtime limits its memory, Bun 1.4
// ends no thread in the middle of it (measured; oven-sh/bun#36356, test:
// containment/enforcement.test.ts), and no source tells how long it will take. So the code of the
// stripper is changed when it is loaded. Its
// memory gets a maximum. Each function and each loop counts down, and at zero calls JavaScript:
// there a thread can be ended, and the host can give up.

import { COMPILER_MIB } from "./bounds.ts";

/** Pages of 64 KiB. */
const MAX_PAGES = 16 * COMPILER_MIB;
/** A slice: so many functions and turns of loops lie between two calls. Less than a millisecond. */
const SLICE = 20_000;
/**
 * The stripper imports this to throw errors. A call with -1 as the place means that a slice has
 * ended.
 */
const CALLED = "__wbindgen_throw";
const COUNTER = "countdown";

const SECTION = { import: 2, memory: 5, global: 6, export: 7, code: 10 } as const;
const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

let memory: WebAssembly.Memory | undefined;

/** Whether the instance that was loaded last uses more than half of the memory that it may have. */
export function isMemoryFull(): boolean {
  return (memory?.buffer.byteLength ?? 0) > COMPILER_MIB * 2 ** 19;
}

/**
 * Bounds all WebAssembly that this thread loads, until the returned function is called.
 *
 * @param onSlice Called after each slice. Whatever it throws ends the work.
 */
export function boundWebAssembly(onSlice: () => void): () => void {
  const { Instance, Module } = WebAssembly;
  class BoundedModule extends Module {
    constructor(bytes: BufferSource) {
      const view = ArrayBuffer.isView(bytes)
        ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        : new Uint8Array(bytes);
      super(boundCode(view));
    }
  }
  class BoundedInstance extends Instance {
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports = {}) {
      let counter: WebAssembly.Global | undefined;
      const slice = () => {
        if (counter !== undefined) counter.value = SLICE;
        onSlice();
      };
      super(module, wrapImports(imports, slice));
      const { [COUNTER]: left, memory: used } = this.exports;
      counter = left instanceof WebAssembly.Global ? left : undefined;
      memory = used instanceof WebAssembly.Memory ? used : undefined;
    }
  }
  Object.assign(WebAssembly, { Instance: BoundedInstance, Module: BoundedModule });
  return () => Object.assign(WebAssembly, { Instance, Module });
}

function wrapImports(imports: WebAssembly.Imports, slice: () => void): WebAssembly.Imports {
  return Object.fromEntries(
    Object.entries(imports).map(([from, values]) => [
      from,
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => {
          if (!name.startsWith(CALLED) || typeof value !== "function") return [name, value];
          return [name, (at: number, length: number) => at === -1 ? slice() : value(at, length)];
        }),
      ),
    ]),
  );
}

/** Reads the bytes of a module. */
class Reader {
  at = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  /** An unsigned number in LEB128. */
  number(): number {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  /** Moves past so many numbers, signed or not. */
  skip(numbers: number): void {
    for (let n = 0; n < numbers; n++) while (this.byte() >= 128);
  }

  text(): string {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value;; left >>>= 7) {
    if (left < 128) return [...bytes, left];
    bytes.push((left & 127) | 128);
  }
}

function boundCode(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new Reader(bytes);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  let imported = { called: -1, globals: 0 };
  let counter = -1;
  for (reader.at = 8; reader.at < bytes.length;) {
    const start = reader.at;
    const id = reader.byte();
    const end = reader.number() + reader.at;
    const section = new Reader(bytes.subarray(reader.at, end));
    reader.at = end;
    if (id === SECTION.import) imported = readImports(section);
    const content = id === SECTION.memory ? boundMemory(section) : id === SECTION.global
      // One more global: a number that changes and begins at zero.
      ? append(section, [0x7f, 1, 0x41, 0, 0x0b], (own) => counter = imported.globals + own)
      : id === SECTION.export
      ? append(section, [COUNTER.length, ...Buffer.from(COUNTER), KIND.global, ...leb(counter)])
      : id === SECTION.code
      ? boundFunctions(section, countdown(counter, imported.called))
      : undefined;
    if (content === undefined) parts.push(bytes.subarray(start, end));
    else parts.push(Uint8Array.of(id, ...leb(content.length)), content);
  }
  return joined(parts);
}

function readImports(section: Reader): { called: number; globals: number } {
  let [called, functions, globals] = [-1, 0, 0];
  for (let left = section.number(); left > 0; left--) {
    section.text();
    const name = section.text();
    const kind = section.byte();
    if (kind === KIND.function) {
      if (name.startsWith(CALLED)) called = functions;
      functions++;
      section.skip(1);
    } else if (kind === KIND.global) {
      globals++;
      section.at += 2;
    } else throw new Error(`Invariant: the stripper brings its own memory and table`);
  }
  if (called < 0) throw new Error(`Invariant: the stripper imports ${CALLED}`);
  return { called, globals };
}

function boundMemory(section: Reader): Uint8Array {
  section.number();
  section.byte();
  return Uint8Array.of(1, 1, ...leb(section.number()), ...leb(MAX_PAGES));
}

/** A section that is a list, with one more entry. */
function append(
  section: Reader,
  entry: readonly number[],
  onCount: (count: number) => void = () => {},
): Uint8Array {
  const count = section.number();
  onCount(count);
  return joined([
    Uint8Array.from(leb(count + 1)),
    section.bytes.subarray(section.at),
    Uint8Array.from(entry),
  ]);
}

/** `if (--counter < 0) called(-1, -1)` */
function countdown(counter: number, called: number): Uint8Array {
  const [get, set, minusOne] = [[0x23, ...leb(counter)], [0x24, ...leb(counter)], [0x41, 0x7f]];
  const count = [...get, ...minusOne, 0x6a, ...set, ...get, 0x41, 0, 0x48];
  return Uint8Array.of(...count, 0x04, 0x40, ...minusOne, ...minusOne, 0x10, ...leb(called), 0x0b);
}

/**
 * Where the check goes in a section of code: after the locals of each function, and where each loop
 * begins.
 */
interface Places {
  readonly points: readonly number[];
  /** For each function: where its body begins and ends, and how many points lie in it. */
  readonly functions: readonly (readonly [start: number, end: number, points: number])[];
}

function boundFunctions(section: Reader, check: Uint8Array): Uint8Array {
  const { bytes } = section;
  const { points, functions } = findPlaces(section);
  const most = bytes.length + points.length * check.length + functions.length * LENGTH_BYTES;
  const whole = new Uint8Array(most);
  let end = 0;
  let next = 0;
  const put = (part: Uint8Array | readonly number[]) => {
    whole.set(part, end);
    end += part.length;
  };
  put(leb(functions.length));
  for (const [start, stop, count] of functions) {
    put(leb(stop - start + count * check.length));
    let from = start;
    for (const last = next + count; next < last; next++) {
      const point = points[next] ?? stop;
      put(bytes.subarray(from, point));
      put(check);
      from = point;
    }
    put(bytes.subarray(from, stop));
  }
  return whole.subarray(0, end);
}

function findPlaces(section: Reader): Places {
  const points: number[] = [];
  const functions: (readonly [number, number, number])[] = [];
  for (let left = section.number(); left > 0; left--) {
    const length = section.number();
    const start = section.at;
    const end = start + length;
    const before = points.length;
    for (let locals = section.number(); locals > 0; locals--) section.skip(2);
    points.push(section.at);
    while (section.at < end) {
      const operation = passCommon(section, end, points);
      if (operation !== END) passRare(section, operation);
    }
    functions.push([start, end, points.length - before]);
  }
  return { points, functions };
}

const END = -1;

// oxlint-disable typescript/no-non-null-assertion -- A check of each byte would cost; whoever calls knows where the code ends.
/**
 * Moves past instructions of the common forms and notes where loops begin. Returns the code of
 * the first instruction of another form, or END. It is a function of its own because engines
 * compile a function that is called often sooner than one that only loops, and there are two
 * megabytes to read.
 */
function passCommon(section: Reader, end: number, points: number[]): number {
  const { bytes } = section;
  let { at } = section;
  let operation = END;
  while (at < end) {
    operation = bytes[at++]!;
    const numbers = NUMBERS[operation]!;
    if (numbers > MOST_NUMBERS) break;
    for (let n = 0; n < numbers; n++) while (bytes[at++]! >= 128);
    if (operation === LOOP) points.push(at);
    operation = END;
  }
  section.at = at;
  return operation;
}
// oxlint-enable typescript/no-non-null-assertion

const LOOP = 0x03;
/** The most bytes that the length of a function takes. */
const LENGTH_BYTES = 5;
const MOST_NUMBERS = 2;
/** How many numbers follow an instruction, by its code; 255 for those of other forms. */
const NUMBERS = numbersOfInstructions();

function numbersOfInstructions(): Uint8Array {
  const numbers = new Uint8Array(256).fill(255);
  // unreachable, nop, else, end, return, drop, select, ref.is_null; arithmetic
  for (const code of [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1]) numbers[code] = 0;
  numbers.fill(0, 0x45, 0xc5);
  // block, loop, if, br, br_if, call, locals, globals, tables, memory.size and grow,
  // constants, references
  for (const code of [0x02, LOOP, 0x04, 0x0c, 0x0d, 0x10, 0x12, 0xd0, 0xd2]) numbers[code] = 1;
  numbers.fill(1, 0x20, 0x27);
  numbers.fill(1, 0x3f, 0x43);
  // call_indirect; loads and stores
  for (const code of [0x11, 0x13]) numbers[code] = 2;
  numbers.fill(2, 0x28, 0x3f);
  return numbers;
}

/** Moves past the rest of an instruction of another form. */
function passRare(code: Reader, operation: number): void {
  switch (operation) {
    case 0x0e: // br_table
      return code.skip(code.number() + 1);
    case 0x1c: // select with types
      return code.skip(code.number());
    case 0x43: // f32.const
      code.at += 4;
      return;
    case 0x44: // f64.const
      code.at += 8;
      return;
    case 0xfc:
      return code.skip(BULK[code.number()] ?? 0);
    default:
      throw new Error(`Invariant: the stripper has no instruction ${operation}`);
  }
}

/** How many numbers follow the instructions for whole memories and tables. */
const BULK: Readonly<Record<number, number>> = {
  ...{ 8: 2, 9: 1, 10: 2, 11: 1, 12: 2, 13: 1, 14: 2, 15: 1, 16: 1, 17: 1 },
};

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
