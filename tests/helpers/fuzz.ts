// Chance for fuzzing: numbers that hurt, and frames that look right in places.

/** An integer from 0 up to, and not including, the argument. */
export type Random = (below: number) => number;

/** A small generator with a seed (mulberry32). */
export function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Values that hurt: small, huge, negative, near what is there. */
export function nasty(random: Random, old: number): number {
  switch (random(6)) {
    case 0:
      return random(2 ** 32) | 0;
    case 1:
      return random(64);
    case 2:
      return -random(64);
    case 3:
      return 0x7fff_ffff - random(16);
    case 4:
      return old ^ (1 << random(32));
    default:
      return old + 8 * (random(16) - 8);
  }
}

/** Random structured-clone data. */
function junk(random: Random, depth = 0): unknown {
  switch (random(depth > 4 ? 10 : 14)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return random(2) === 0;
    case 3:
      return nasty(random, 5);
    case 4:
      return random(10) / random(3);
    case 5:
      return BigInt(random(1000));
    case 6:
      return "x".repeat(random(50));
    case 7:
      return new Uint8Array(random(20));
    case 8:
      return new SharedArrayBuffer(8);
    case 9:
      return new Date(Number.NaN);
    case 10:
      return Array.from({ length: random(5) }, () => junk(random, depth + 1));
    case 11:
      return new Map([[junk(random, depth + 1), junk(random, depth + 1)]]);
    case 12:
      return new Error("x", { cause: junk(random, depth + 1) });
    default: {
      const object: Record<string, unknown> = {};
      for (let i = random(6); i > 0; i--) {
        // As a clone has it: own, whatever the name.
        Object.defineProperty(object, KEYS[random(KEYS.length)]!, {
          value: junk(random, depth + 1),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      if (random(5) === 0) object["cause"] = object;
      return object;
    }
  }
}

const KEYS = [
  ...["type", "call", "value", "excinfo", "code", "channel", "token", "buffers", "channels"],
  ...["operation", "argument", "message", "bytes", "shared", "name", "stack", "errors", "cause"],
  ...["__proto__", "constructor", "length", "text", "id"],
];

/** Types of frames, and what is none. */
export const TYPES: readonly string[] = [
  ...["ready", "loaded", "asleep", "done", "failed", "unshareable", "uncaught", "exit"],
  ...["deposit", "discard", "request", "run", "toString"],
];

/** A frame that looks right in places. */
export function forgedFrame(random: Random): unknown {
  const frame = junk(random);
  if (typeof frame !== "object" || frame === null || random(4) === 0) return frame;
  return {
    ...frame,
    type: TYPES[random(TYPES.length)],
    ...(random(3) === 0 ? {} : { call: random(4) }),
    ...(random(3) === 0 ? {} : { operation: "run" }),
  };
}
