// Native work that no kill ends: derived keys, primes, compression. It goes on after the kill, in
// the thread or in the pool that all threads of the process share. There the host's own files wait
// behind it. So an isolated interpreter may have little of it at once, and none that takes minutes.
// It has no graphics devices at all: nothing bounds what runs on them.

import { builtin } from "../../runtime/builtins.ts";
import { globals } from "../../runtime/globals.ts";
import { isMethod, isObject, type Method, newObject } from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import { limitConcurrency } from "./concurrency.ts";

// Taken now: source may declare names of its own that hide these.
const {
  BigInt,
  Error,
  Math,
  Number,
  Object,
  Promise,
  Proxy,
  RangeError,
  Reflect,
  RegExp,
  TextDecoder,
  Uint8Array,
  globalThis: scope,
} = globalThis;
const { ceil, max } = Math;
const reject = Promise.reject.bind(Promise);
const { apply, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf, has } = Reflect;
const getByteLength = lengthGetter();
const exec: RegExp["exec"] = get(RegExp.prototype, "exec");
const digits: bigint["toString"] = get(BigInt.prototype, "toString");
const decoder = new TextDecoder();
const decode = decoder.decode.bind(decoder);

/** Rounds of a key derivation, times the blocks of its result: one or two seconds. */
const MAX_ROUNDS = 2 ** 21;
/** Memory of a key derivation times its passes, in blocks of 1 KiB. */
const MAX_BLOCKS = 2 ** 21;
const MAX_KEY_BITS = 4096;
const MAX_DSA_BITS = 2048;
const MAX_PRIME_BITS = 2048;
/** Primes `p` with `(p - 1) / 2` prime are found by luck: of 512 bits in up to half a minute. */
const MAX_SAFE_PRIME_BITS = 128;
const MAX_PRIME_CHECKS = 64;
/** Bytes that brotli and zstd compress in some seconds at their best level, in one go. */
const MAX_SLOW_BYTES = 2 ** 22;
/** The same of what takes less; decompressing counts, too. */
const MAX_BYTES = 2 ** 27;
/** 2^cost rounds: a second. */
const MAX_BCRYPT_COST = 14;

/**
 * Looks at the arguments of a call, and may put copies in their place. By number: source can
 * change how a list is read.
 */
type Check = (args: unknown[]) => void;
type Options = Readonly<Record<string, unknown>>;

/** The checks of `node:crypto`, by the name of the function without `Sync`. */
const CRYPTO: Readonly<Record<string, Check>> = {
  pbkdf2: (args) => checkRounds("pbkdf2", args[2], toNumber(args[3]) / 64),
  scrypt: (args) => {
    const { N, cost, r, blockSize, p, parallelization } = copyAt(args, 3, [
      ...["N", "cost", "r", "blockSize", "p", "parallelization", "maxmem"],
    ]);
    const blocks = toNumber(N ?? cost ?? 2 ** 14) * toNumber(r ?? blockSize ?? 8) *
      toNumber(p ?? parallelization ?? 1);
    refuseAbove(blocks, MAX_BLOCKS, "scrypt with N * r * p");
  },
  argon2: (args) => {
    const { memory, passes } = copyAt(args, 1, ["memory", "passes"]);
    refuseAbove(toNumber(memory) * toNumber(passes), MAX_BLOCKS, "argon2 with memory * passes");
  },
  generatePrime: (args) => {
    const { safe, add } = copyAt(args, 1, ["safe", "add", "rem", "bigint"]);
    const most = safe ? MAX_SAFE_PRIME_BITS : MAX_PRIME_BITS;
    refuseAbove(toNumber(args[0]), most, `generatePrime of ${safe ? "safe primes with " : ""}bits`);
    if (add !== undefined) {
      throw new RangeError("Cannot run generatePrime with add: it may not end");
    }
  },
  checkPrime: (args) => {
    const { checks } = copyAt(args, 1, ["checks"]);
    refuseAbove(toNumber(checks ?? 0), MAX_PRIME_CHECKS, "checkPrime with checks");
    refuseAbove(8 * sizeOf(args[0]), 4 * MAX_PRIME_BITS, "checkPrime of bits");
  },
  generateKeyPair: (args) => {
    const { modulusLength, primeLength, prime } = copyAt(args, 1, [
      ...["modulusLength", "primeLength", "prime", "publicExponent", "divisorLength", "group"],
      ...["generator", "namedCurve", "paramEncoding", "publicKeyEncoding", "privateKeyEncoding"],
    ]);
    const most = args[0] === "dsa" ? MAX_DSA_BITS : MAX_KEY_BITS;
    refuseAbove(toNumber(modulusLength), most, "generateKeyPair with modulusLength");
    checkGroup(primeLength ?? prime);
  },
  createDiffieHellman: (args) => checkGroup(args[0]),
  DiffieHellman: (args) => checkGroup(args[0]),
};

/** Properties of the algorithms of `crypto.subtle`, which may come from a prototype. */
const INHERITABLE: readonly string[] = [
  ...["name", "modulusLength", "publicExponent", "hash", "namedCurve", "length", "iterations"],
  ...["salt", "info", "public", "memory", "passes", "nonce", "parallelism", "version"],
];

/** Those that are numbers. */
const NUMBERS = ["modulusLength", "length", "iterations", "memory", "passes"];

/** The checks of `crypto.subtle`, by the name of the method. */
const SUBTLE: Readonly<Record<string, Check>> = {
  deriveBits: (args) => {
    args[2] = converted(args[2]);
    checkDerivation(args, toNumber(args[2]) / 512);
  },
  deriveKey: (args) => checkDerivation(args, toNumber(copyAlgorithm(args, 2)["length"]) / 512),
  generateKey: (args) => {
    const { modulusLength } = copyAlgorithm(args, 0);
    refuseAbove(toNumber(modulusLength), MAX_KEY_BITS, "generateKey with modulusLength");
  },
};

/** How much may be compressed at once, by what makes the stream of `node:zlib`: all its functions use these. */
const ZLIB: Readonly<Record<string, number>> = {
  createBrotliCompress: MAX_SLOW_BYTES,
  createZstdCompress: MAX_SLOW_BYTES,
  createDeflate: MAX_BYTES,
};
/** Which argument of a handle's `write` says how much there is to compress. */
const INPUT_LENGTH = 3;

/** Bounds native work, in this thread. */
export function boundNativeWork(): void {
  const { Bun, navigator } = globals;
  if (navigator !== undefined) deleteProperty(prototypeOf(navigator), "gpu");
  const subtle = prototypeOf(scope.crypto.subtle);
  for (const [name, check] of Object.entries(SUBTLE)) {
    bound(subtle, name, { check, kind: "promise" });
  }
  if (Bun !== undefined) {
    // Its `node:crypto` and `node:zlib` would take every thread too long to load.
    boundPasswords(Bun);
    return;
  }
  const crypto = builtin("crypto");
  for (const [name, check] of Object.entries(CRYPTO)) {
    bound(crypto, name, { check, kind: "callback" });
    bound(crypto, `${name}Sync`, { check });
  }
  const zlib = builtin<Record<string, (() => ZlibStream) | undefined>>("zlib");
  for (const [name, most] of Object.entries(ZLIB)) boundHandle(zlib[name]?.(), most);
}

interface ZlibStream {
  readonly _handle: object;
  close(): void;
}

/** Bounds what a stream hands over at once. That cannot be ended: a kill comes between two pieces. */
function boundHandle(stream: ZlibStream | undefined, most: number): void {
  if (stream === undefined) return;
  const handle = prototypeOf(stream._handle);
  for (const name of ["write", "writeSync"]) {
    bound(handle, name, {
      check: (args) => {
        refuseAbove(toNumber(args[INPUT_LENGTH]), most, "zlib's compression of bytes at once");
      },
    });
  }
  stream.close();
}

function boundPasswords({ password }: { readonly password: object }): void {
  const checkOptions: Check = (args) => {
    const { cost, memoryCost, timeCost } = copyAt(args, 1, [
      ...["algorithm", "cost", "memoryCost", "timeCost"],
    ]);
    checkCosts(cost, toNumber(memoryCost ?? 2 ** 16) * toNumber(timeCost ?? 2));
  };
  const checkHash: Check = (args) => {
    const given = args[1];
    // What is neither text nor bytes is refused by `decode`.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `decode` checks it
    const hash = typeof given === "string" ? given : decode(given as Uint8Array);
    args[1] = hash;
    const bcrypt = match(/^\$2[a-z]?\$(\d+)\$/, hash);
    const argon2 = match(/m=(\d+),t=(\d+)/, hash);
    checkCosts(bcrypt[1], toNumber(argon2[1]) * toNumber(argon2[2]));
  };
  for (const [name, check] of [["hash", checkOptions], ["verify", checkHash]] as const) {
    bound(password, name, { check, kind: "promise" });
    bound(password, `${name}Sync`, { check });
  }
}

function checkCosts(cost: unknown, blocks: number): void {
  refuseAbove(toNumber(cost), MAX_BCRYPT_COST, "bcrypt with cost");
  refuseAbove(blocks, MAX_BLOCKS, "argon2 with memory * passes");
}

function checkGroup(prime: unknown): void {
  const [bits, most] = typeof prime === "number"
    ? [prime, MAX_SAFE_PRIME_BITS]
    : [8 * sizeOf(prime), 4 * MAX_PRIME_BITS];
  refuseAbove(bits, most, "Diffie-Hellman with a prime, unless it is of a group, of bits");
}

function checkDerivation(args: unknown[], blocks: number): void {
  const { iterations, memory, passes } = copyAlgorithm(args, 0);
  checkRounds("deriveBits", iterations, blocks);
  refuseAbove(toNumber(memory) * toNumber(passes), MAX_BLOCKS, "argon2 with memory * passes");
}

function checkRounds(what: string, rounds: unknown, blocks: number): void {
  refuseAbove(
    toNumber(rounds) * max(1, ceil(blocks)),
    MAX_ROUNDS,
    `${what} with iterations * blocks`,
  );
}

function refuseAbove(value: number, most: number, what: string): void {
  if (!(value > most)) return;
  throw new RangeError(
    `Cannot run ${what} = ${value}: it could not be ended, so an isolated interpreter may have ${most} at most; do it in steps, or create the interpreter with { isolated: false }`,
  );
}

/** Puts a copy into the place of options, whose getters could answer otherwise next time. */
function copyAt(args: unknown[], at: number, names: readonly string[]): Record<string, unknown> {
  const options = args[at];
  if (typeof options !== "object" || options === null) return {};
  const copy: Record<string, unknown> = { ...options };
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? "";
    if (has(options, name)) copy[name] = get(options, name);
  }
  args[at] = copy;
  return copy;
}

/** A copy of an algorithm whose numbers are what `crypto.subtle` would make of them. */
function copyAlgorithm(args: unknown[], at: number): Options {
  const copy = copyAt(args, at, INHERITABLE);
  for (let i = 0; i < NUMBERS.length; i++) {
    const name = NUMBERS[i] ?? "";
    if (has(copy, name)) copy[name] = converted(copy[name]);
  }
  return copy;
}

/** A number in the place of an object, which may be another number each time it is asked. */
function converted(value: unknown): unknown {
  return isObject(value) ? Number(value) : value;
}

/** What is no number counts as 0: the runtime refuses it, or takes it for that. */
function toNumber(value: unknown): number {
  return typeof value === "number" || typeof value === "string" ? +value : 0;
}

function lengthGetter(): () => number {
  const views = prototypeOf(Uint8Array.prototype);
  const getter: (() => number) | undefined = getOwnPropertyDescriptor(views, "byteLength")?.get;
  if (getter === undefined) throw new Error("Invariant: views have a length");
  return getter;
}

function prototypeOf(object: object): object {
  return getPrototypeOf(object) ?? {};
}

function match(pattern: RegExp, text: string): readonly (string | undefined)[] {
  return apply(exec, pattern, [text]) ?? [];
}

/** How long a string or buffer is in bytes, whatever its own properties say. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value === "bigint") return ceil(apply(digits, value, [16]).length / 2);
  try {
    return apply(getByteLength, value, []);
  } catch {
    const length: unknown = typeof value === "object" && value !== null
      ? get(value, "byteLength")
      : 0;
    return toNumber(length);
  }
}

/** Puts a check before a function or method, and limits how many of its calls are in flight. */
function bound(
  owner: object,
  name: string,
  { check, kind }: { readonly check: Check; readonly kind?: "callback" | "promise" },
): void {
  const original: unknown = get(owner, name);
  if (!isMethod(original)) return;
  const limited = kind === undefined ? original : limitConcurrency(original, kind);
  const bounded = new Proxy<Method>(original, {
    apply(_, self, args: unknown[]): unknown {
      const own = [...args];
      if (kind !== "promise") {
        check(own);
        return apply(limited, self, own);
      }
      try {
        check(own);
      } catch (error) {
        return reject(error);
      }
      return apply(limited, self, own);
    },
    construct(target, args: unknown[], newTarget): object {
      const own = [...args];
      check(own);
      return newObject(target, own, newTarget);
    },
  });
  // Deno's and Bun's own cannot all be defined anew.
  if (getOwnPropertyDescriptor(owner, name)?.configurable === false) {
    Reflect.set(owner, name, bounded);
  } else replace(owner, name, bounded);
}
