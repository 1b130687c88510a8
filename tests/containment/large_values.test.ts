// Values so large that a runtime cannot take them off a port as they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "subinterpreters";
import { worstGap } from "../helpers/gaps.ts";
import { sharing } from "../helpers/interpreter.ts";

const timeout = 60_000;
const LENGTH = 2 ** 25;
/** On a quiet machine some tens of milliseconds; byte by byte it took Deno 6 s. */
const SOON_MS = 3_000;

test("a value of 128 MiB arrives", { timeout }, async () => {
  await using interpreter = await create();
  const bytes = await interpreter.evaluate<Uint8Array>("new Uint8Array(2 ** 27 + 5)");
  assert.equal(bytes.length, 2 ** 27 + 5);
});

const FUNCTIONS = {
  take: (bytes: Uint8Array) => bytes.length,
  give: () => new Uint8Array(LENGTH),
};
const shared = sharing({ functions: FUNCTIONS });

/** Ways of a large value through the host's event loop, as sources that give its length. */
const WAYS: Readonly<Record<string, string>> = {
  "arguments": "await host.take(make())",
  "an answer": "(await host.give()).length",
  "arguments for another interpreter": "await child.evaluate('await host.take(make())')",
  "an answer of another interpreter": "await child.evaluate('(await host.give()).length')",
  "the value of a run for another interpreter": "(await child.evaluate('make()')).length",
  "values for a run of another interpreter":
    "await child.evaluate('bytes.length', { values: { bytes: make() } })",
};

/** Once for all of them: it has a child with such functions of its own. */
const PREPARE = `
  import { create, host } from "subinterpreters";
  globalThis.host = host;
  globalThis.make = () => new Uint8Array(${LENGTH});
  if (globalThis.child === undefined) {
    globalThis.child = await create({ functions: { take: (bytes) => bytes.length, give: make } });
    await child.run(\`
      import { host } from "subinterpreters";
      globalThis.host = host;
      globalThis.make = () => new Uint8Array(${LENGTH});
    \`);
  }`;

for (const [what, source] of Object.entries(WAYS)) {
  test(`the host answers while ${what} of 32 MiB cross`, { timeout }, async () => {
    const interpreter = await shared();
    await interpreter.run(PREPARE);
    let length: unknown;
    const gap = await worstGap(async () => {
      length = await interpreter.evaluate(source);
    });
    assert.equal(length, LENGTH);
    assert.ok(gap < SOON_MS, `the host did nothing else for ${Math.round(gap)} ms`);
  });
}

test("an interpreter may send one large value after the other", { timeout }, async () => {
  const interpreter = await shared();
  const all = await interpreter.evaluate(`
    import { host } from "subinterpreters";
    let all = 0;
    for (let n = 0; n < 12; n++) {
      const lengths = await Promise.all([8, 3, 1].map((mib) => host.take(new Uint8Array(mib * 2 ** 20))));
      for (const length of lengths) all += length;
    }
    all;
  `);
  assert.equal(all, 12 * 12 * 2 ** 20);
});
