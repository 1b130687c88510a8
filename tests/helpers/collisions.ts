// Numbers that have one hash in the engine in use, or nearly. The hash of V8 and that of
// JavaScriptCore take no seed: they are turned round here, step by step.

const MASK = (1n << 64n) - 1n;

/** The inverse of an odd factor, modulo 2^64. */
function inverse(factor: bigint): bigint {
  let x = 1n;
  for (let n = 0; n < 7; n++) x = (x * (2n - factor * x)) & MASK;
  return x;
}

/** The value from which `value ^ (value >> shift)` comes. */
function unshift(value: bigint, shift: bigint): bigint {
  let result = value;
  for (let n = shift; n < 64n; n += shift) result = value ^ (result >> shift);
  return result & MASK;
}

const V8_INVERSES = { last: inverse(65n), middle: inverse(21n), first: inverse((1n << 18n) - 1n) };

/** V8's ComputeLongHash. */
function fromV8Hash(hash: bigint): bigint {
  let h = unshift(hash, 22n);
  h = unshift((h * V8_INVERSES.last) & MASK, 11n);
  h = unshift((h * V8_INVERSES.middle) & MASK, 31n);
  return ((h + 1n) * V8_INVERSES.first) & MASK;
}

const shifted = (n: bigint) => inverse((1n - (1n << n)) & MASK);
const WTF_INVERSES = {
  nine: inverse(9n),
  last: shifted(27n),
  later: shifted(13n),
  first: shifted(32n),
};

/** WTF's hash of 64 bits, of a number as JavaScriptCore keeps it. */
function fromWtfHash(hash: bigint): bigint {
  let k = ((unshift(hash, 31n) + 1n) * WTF_INVERSES.last) & MASK;
  k = (unshift(k, 15n) * WTF_INVERSES.nine) & MASK;
  k = ((unshift(k, 8n) + 1n) * WTF_INVERSES.later) & MASK;
  k = ((unshift(k, 22n) + 1n) * WTF_INVERSES.first) & MASK;
  return (k - (1n << 49n)) & MASK;
}

const numbers: number[] = [];
let next = 1n;

/** So many doubles of one hash: the first ones of a row that is made once. */
export function collidingNumbers(count: number): number[] {
  const fromHash = "Bun" in globalThis ? fromWtfHash : fromV8Hash;
  const double = new Float64Array(1);
  const bits = new BigUint64Array(double.buffer);
  for (; numbers.length < count; next++) {
    bits[0] = fromHash(next << 32n);
    const number = double[0]!;
    const isPlain = Number.isFinite(number) && Math.abs(number) > 1e-300 &&
      !Number.isInteger(number);
    if (isPlain) numbers.push(number);
  }
  return numbers.slice(0, count);
}
