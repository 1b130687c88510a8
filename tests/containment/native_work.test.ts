// Native work, which no kill ends: an isolated interpreter may have little of it.

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { test } from "node:test";
import { create } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";

const timeout = 60_000;
const shared = sharing();

const CRYPTO = 'process.getBuiltinModule("node:crypto")';
const ZLIB = 'process.getBuiltinModule("node:zlib")';
const KEY = 'crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"])';
const derive = (iterations: string) =>
  `crypto.subtle.deriveBits({ name: "PBKDF2", ${iterations}, salt: new Uint8Array(8), hash: "SHA-512" }, await ${KEY}, 512)`;
const RSA =
  '{ name: "RSA-OAEP", modulusLength: 16384, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }';

/** Takes minutes or hours. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  "crypto.subtle.deriveBits": `await ${derive("iterations: 2 ** 31 - 1")}`,
  "crypto.subtle.deriveBits of what becomes a number": `await ${
    derive("iterations: { valueOf: () => 2 ** 31 - 1 }")
  }`,
  "crypto.subtle.deriveKey of a long key": `
    const key = await ${KEY.replace("deriveBits", "deriveKey")};
    const algorithm = { name: "PBKDF2", iterations: 2_000_000, salt: new Uint8Array(8), hash: "SHA-512" };
    const derived = { name: "HMAC", hash: "SHA-512", length: 2 ** 19 };
    await crypto.subtle.deriveKey(algorithm, key, derived, true, ["sign"]);`,
  "crypto.subtle.generateKey of what becomes a number": `await crypto.subtle.generateKey(${
    RSA.replace("16384", "[16384]")
  }, true, ["encrypt"])`,
  "crypto.subtle.generateKey": `await crypto.subtle.generateKey(${RSA}, true, ["encrypt"])`,
};
const OF_BUN: Readonly<Record<string, string>> = {
  "Bun.password.hash": 'await Bun.password.hash("a", { algorithm: "bcrypt", cost: 31 })',
  "Bun.password.verifySync": `Bun.password.verifySync("a", "$2b$31$" + "a".repeat(53))`,
};
const OF_THE_OTHERS: Readonly<Record<string, string>> = {
  "pbkdf2Sync": `${CRYPTO}.pbkdf2Sync("a", "b", 2 ** 31 - 1, 64, "sha512")`,
  "pbkdf2Sync of long keys": `${CRYPTO}.pbkdf2Sync("a", "b", 100_000, 1_000_000, "sha512")`,
  "pbkdf2Sync after a change of how lists are read": `
    const { pbkdf2Sync } = ${CRYPTO};
    const { values } = Array.prototype;
    let error;
    for (let k = 1; k < 8; k++) {
      let n = 0;
      Array.prototype[Symbol.iterator] = function () {
        return Reflect.apply(values, ++n === k ? ["a", "b", 1, 64, "sha512"] : this, []);
      };
      try {
        pbkdf2Sync("a", "b", 2 ** 31 - 1, 64, "sha512");
      } catch (thrown) {
        error = thrown;
      } finally {
        Array.prototype[Symbol.iterator] = values;
      }
    }
    throw error;`,
  "an imported pbkdf2Sync":
    'const { pbkdf2Sync } = await import("node:crypto"); pbkdf2Sync("a", "b", 2 ** 31 - 1, 64, "sha512")',
  "scryptSync": `${CRYPTO}.scryptSync("a", "b", 32, { N: 2 ** 24, maxmem: 2 ** 40 })`,
  "scryptSync of an option that changes":
    `let asked = 0; ${CRYPTO}.scryptSync("a", "b", 32, { get N() { return asked++ ? 2 ** 24 : 2 ** 30; }, maxmem: 2 ** 40 })`,
  "generatePrimeSync": `${CRYPTO}.generatePrimeSync(16_384, { safe: true })`,
  "generateKeyPairSync": `${CRYPTO}.generateKeyPairSync("rsa", { modulusLength: 16_384 })`,
  "createDiffieHellman": `${CRYPTO}.createDiffieHellman(4096)`,
  "new DiffieHellman": `new (${CRYPTO}.DiffieHellman)(4096)`,
  "brotliCompressSync": `${ZLIB}.brotliCompressSync(new Uint8Array(2 ** 26))`,
  "brotliCompress":
    `await new Promise((_, reject) => ${ZLIB}.brotliCompress(new Uint8Array(2 ** 26), reject))`,
};
const ACTS = { ...EVERYWHERE, ...runtime === "bun" ? OF_BUN : OF_THE_OTHERS };

for (const [act, source] of Object.entries({ ...EVERYWHERE, ...OF_BUN, ...OF_THE_OTHERS })) {
  test(`an isolated interpreter is refused ${act} when that would take for ever`, {
    timeout,
  }, async () => {
    // What the runtime does not have, or has without bounds (docs/enforcement.md), shows that it is so.
    if (!(act in ACTS)) return assert.ok(act in OF_BUN !== (runtime === "bun"));
    await assert.rejects(
      (await shared()).run(`{ ${source} }`),
      ({ excinfo }: { readonly excinfo: { readonly name: string; readonly message: string } }) =>
        excinfo.name === "RangeError" && /could not be ended/.test(excinfo.message),
    );
  });
}

test("an isolated interpreter has native work of the usual size, more of it than runs at once", {
  timeout,
}, async () => {
  const interpreter = await shared();
  const keys = await interpreter.evaluate(`
    const { promisify } = process.getBuiltinModule("node:util");
    const { generateKeyPair, pbkdf2, scrypt } = ${CRYPTO};
    const { brotliCompressSync, brotliDecompressSync, gunzipSync, gzip } = ${ZLIB};
    const text = async () => gunzipSync(await promisify(gzip)("zip")).toString();
    const pairs = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
    const algorithm = Object.create({ namedCurve: "P-256" }, { name: { value: "ECDSA" } });
    ({
      bits: (await ${derive("iterations: 1000")}).byteLength,
      many: await Promise.all(Array.from({ length: 9 }, async (_, n) =>
        (await promisify(pbkdf2)("a", "b", n + 1, 8, "sha256")).length)),
      scrypt: (await promisify(scrypt)("a", "b", 32)).length,
      wrong: await promisify(pbkdf2)("a", "b", 1, 8, "no digest").catch(() => "wrong"),
      pair: Object.keys(pairs),
      named: (await crypto.subtle.generateKey(algorithm, true, ["sign"])).privateKey.type,
      zip: await text() + brotliDecompressSync(brotliCompressSync("brotli")).toString(),
    })`);
  assert.deepEqual(keys, {
    bits: 64,
    many: Array(9).fill(8),
    scrypt: 32,
    wrong: "wrong",
    pair: ["publicKey", "privateKey"],
    named: "private",
    zip: "zipbrotli",
  });
});

test("the host's own files do not wait for what a killed interpreter has asked for", {
  timeout,
}, async () => {
  const interpreter = await create();
  const source = `
    const key = await ${KEY};
    for (let n = 0; n < 256; n++) {
      void crypto.subtle.deriveBits(
        { name: "PBKDF2", iterations: 250_000, salt: new Uint8Array(8), hash: "SHA-512" },
        key,
        512,
      );
    }
    await new Promise(() => {});`;
  await assert.rejects(interpreter.run(source, { timeout: 500 }), { reason: "timeout" });
  const start = performance.now();
  await stat("/");
  // A minute on two cores if all of it is done first; two are in flight.
  assert.ok(performance.now() - start < 20_000);
});

test("an isolated interpreter has no graphics device", { timeout }, async () => {
  assert.equal(await (await shared()).evaluate("globalThis.navigator?.gpu"), undefined);
});

test(
  "includes(), indexOf() and lastIndexOf() work on arrays and on array-like objects",
  {
    timeout,
  },
  async () => {
    const found = await (await shared()).evaluate(`
    const hole = [, 1], like = { length: 4, 0: "a", 1: NaN, 3: "a" };
    const long = Object.assign(new Array(2 ** 31), { 2: "x" });
    const counted = { get length() { counted.asked++; return 2; }, 1: 5, asked: 0 };
    const of = (list, name, ...args) => Array.prototype[name].call(list, ...args);
    [
      [1, NaN, 3].includes(NaN), hole.includes(undefined), [1, 2].includes(1, 1), [1, 2].includes(1, -2),
      of(like, "includes", NaN), of(like, "includes", undefined), of(like, "includes", "a", -1),
      of("text", "includes", "x"), of({ length: "2", 1: 0 }, "includes", -0), of(counted, "includes", 5),
      hole.indexOf(undefined), of(like, "indexOf", "a"), of(like, "indexOf", "a", 1), of(like, "indexOf", NaN),
      of(like, "indexOf", undefined), of(like, "indexOf", "a", -9), long.indexOf("x"), of(counted, "indexOf", 5),
      [1, 2, 1].lastIndexOf(1), of(like, "lastIndexOf", "a"), of(like, "lastIndexOf", "a", -2),
      of(like, "lastIndexOf", "a", undefined), of(like, "lastIndexOf", "a", -9), of({}, "lastIndexOf", 1),
      counted.asked, [].includes.name, [].includes.length, [].lastIndexOf.length,
      Object.keys(Array.prototype).length,
    ]`);
    assert.deepEqual(found, [
      ...[true, true, false, true, true, true, true, true, true, true],
      ...[-1, 0, 3, -1, -1, 0, 2, 1],
      ...[2, 3, 0, 0, -1, -1],
      ...[2, "includes", 1, 1, 0],
    ]);
  },
);
