// What takes mappings of the system's, of which a process has few: an interpreter that goes on
// making such things gets a RangeError, and the process lives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RunFailedError } from "subinterpreters";
import { Reservations } from "subinterpreters/src/host/reservations.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";

const LIMIT = { timeout: 60_000 };
const shared = sharing();

/** A module with a memory of its own, and modules that differ. */
const WASM = `
  const withMemory = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1]);
  const different = (n) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 0, 4, 1, 97, n & 127 | 128, n >> 7]);
`;

const MAKERS: Readonly<Record<string, string>> = {
  "a growable SharedArrayBuffer": "new SharedArrayBuffer(8, { maxByteLength: 2 ** 20 })",
  "a resizable ArrayBuffer": "new ArrayBuffer(8, { maxByteLength: 2 ** 20 })",
  "a resizable ArrayBuffer, by the class of another":
    "new (new Uint8Array(8).buffer.constructor)(8, { maxByteLength: 2 ** 20 })",
  "a growable SharedArrayBuffer of a derived class":
    "new (class extends SharedArrayBuffer {})(8, { maxByteLength: 2 ** 20 })",
  "a growable SharedArrayBuffer whose options change their mind":
    "new SharedArrayBuffer(8, { get maxByteLength() { return n % 2 ? 2 ** 20 : undefined; } })",
  "a copy by structuredClone() of a resizable ArrayBuffer":
    "structuredClone(globalThis.one ??= [new ArrayBuffer(8, { maxByteLength: 2 ** 20 })])",
  "a WebAssembly.Memory": "new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })",
  "a WebAssembly.Instance with a memory of its own":
    "new WebAssembly.Instance(globalThis.one ??= new WebAssembly.Module(withMemory))",
  "an instance by WebAssembly.instantiate()": "await WebAssembly.instantiate(withMemory)",
  "a WebAssembly.Module": "new WebAssembly.Module(different(n))",
};

/** Nearly all that one may have, of what is made fast: on Bun 1.4 a memory takes some milliseconds. */
const FILL = "for (let n = 0; n < 900; n++) kept.push(new ArrayBuffer(8, { maxByteLength: 16 }));";

for (const [what, maker] of Object.entries(MAKERS)) {
  test(`an interpreter that keeps ${what} for ever gets a RangeError`, LIMIT, async (t) => {
    const interpreter = await scoped(t);
    await interpreter.run(`${WASM} globalThis.kept = []; ${FILL}`);
    const making = interpreter.run(`for (let n = 0; n < 1000; n++) kept.push(${maker});`);
    await assert.rejects(making, (error) => {
      assert.ok(error instanceof RunFailedError);
      assert.equal(error.excinfo.name, "RangeError");
      assert.match(error.excinfo.message, /^Cannot reserve memory: interpreter \d+, .* has 1024 /);
      return true;
    });
    const kept = await interpreter.evaluate<number>("kept.length");
    assert.ok(kept > 930 && kept < 1300, `${kept} are kept`);
    // Others have their own.
    await (await shared()).run("new ArrayBuffer(8, { maxByteLength: 16 });");
  });
}

const HEIRS: Readonly<Record<string, string>> = {
  "what resizable ArrayBuffers are transferred to": `
    const one = new ArrayBuffer(8, { maxByteLength: 2 ** 20 });
    kept.push(one.transfer?.() ?? one);`,
  "buffers of memories": "kept.push(new WebAssembly.Memory({ initial: 1 }).buffer);",
};

for (const [what, keeper] of Object.entries(HEIRS)) {
  test(`an interpreter that keeps ${what} gets a RangeError, too`, LIMIT, async (t) => {
    const interpreter = await scoped(t);
    const keeping = interpreter.run(`
      globalThis.kept = [];
      ${FILL}
      for (let n = 0; n < 1000; n++) {
        ${keeper}
        if (n % 50 > 0) continue;
        // The collector takes what they were made of.
        for (let k = 0; k < 10; k++) {
          let garbage = [];
          for (let i = 0; i < 1e5; i++) garbage.push({ i });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }`);
    await assert.rejects(keeping, (error) => {
      assert.ok(error instanceof RunFailedError);
      assert.equal(error.excinfo.name, "RangeError");
      return true;
    });
    const kept = await interpreter.evaluate<number>("kept.length");
    assert.ok(kept < 1200, `${kept} are kept`);
  });
}

test(
  "buffers whose length is fixed are not counted, and classes stay what they are",
  LIMIT,
  async () => {
    const interpreter = await shared();
    assert.deepEqual(
      await interpreter.evaluate(`
      const kept = [];
      for (let n = 0; n < 3000; n++) kept.push(new ArrayBuffer(8), new SharedArrayBuffer(8));
      class Own extends ArrayBuffer {}
      const own = new Own(8, { maxByteLength: 16 });
      const { buffer } = new Uint8Array(4);
      [
        own instanceof Own && own instanceof ArrayBuffer && own.maxByteLength === 16,
        buffer.constructor === ArrayBuffer && buffer instanceof ArrayBuffer,
        ArrayBuffer.isView(new Uint8Array(1)) && ArrayBuffer.name === "ArrayBuffer",
        own.slice(2) instanceof Own && Object.getPrototypeOf(own) === Own.prototype,
        structuredClone({ a: [1] }).a[0] === 1,
        new WebAssembly.Memory({ initial: 1 }) instanceof WebAssembly.Memory,
      ];
    `),
      [true, true, true, true, true, true],
    );
    const copy = await interpreter.evaluate<ArrayBuffer>(
      "new ArrayBuffer(8, { maxByteLength: 16 })",
    );
    assert.equal(copy.byteLength, 8);
  },
);

test("an interpreter that is not isolated is not bounded", LIMIT, async (t) => {
  const interpreter = await scoped(t, { isolated: false });
  assert.equal(
    await interpreter.evaluate(`
      const kept = [];
      for (let n = 0; n < 1500; n++) kept.push(new ArrayBuffer(8, { maxByteLength: 2 ** 20 }));
      kept.length;
    `),
    1500,
  );
});

test("Reservations counts children with their creator, and gives back what the dead had", () => {
  const reservations = new Reservations();
  const fill = (guest: number, counted: number) => {
    let granted = 0;
    try {
      for (;;) {
        reservations.grant(guest, counted);
        granted++;
      }
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
    return granted;
  };
  reservations.grant(2, 1);
  const most = fill(1, 1) + 1;
  assert.equal(fill(2, 1), 0);
  for (const id of [3, 4, 5]) assert.equal(fill(id, id), most);
  assert.equal(fill(6, 6), 0);
  reservations.bury(1);
  assert.equal(fill(6, 6), most - 1);
});
