// Host functions with schemas: what does not fit is neither called with nor given away.

import * as Schema from "effect/Schema";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createSync,
  type Excinfo,
  type ValidatedFunction,
  ValidationError,
} from "subinterpreters";
import { fromFailure } from "subinterpreters/src/protocol/failure.ts";
import * as v from "valibot";
import * as z from "zod";
import { scoped } from "../helpers/interpreter.ts";
import { NO_SCHEMAS, schemaOf } from "./schemas.ts";

/** What source sees of an error. */
const TOLD = `
  import { host, ValidationError } from "subinterpreters";
  const told = (promise) => promise.then(
    (value) => value,
    (e) => [e instanceof ValidationError, e.name, e.message, e.issues, String(e.cause)],
  );
`;

const repeat = (text: string, times: number): string => text.repeat(times);

const REPEAT: Readonly<Record<string, ValidatedFunction>> = {
  zod: {
    input: z.tuple([z.string(), z.number().max(10)]),
    output: z.string().max(10),
    call: repeat,
  },
  valibot: {
    input: v.tuple([v.string(), v.pipe(v.number(), v.maxValue(10))]),
    output: v.pipe(v.string(), v.maxLength(10)),
    call: repeat,
  },
  "Effect Schema": {
    input: Schema.toStandardSchemaV1(
      Schema.Tuple([Schema.String, Schema.Number.check(Schema.isLessThanOrEqualTo(10))]),
    ),
    output: Schema.toStandardSchemaV1(Schema.String.check(Schema.isMaxLength(10))),
    call: repeat,
  },
};

for (const [library, described] of Object.entries(REPEAT)) {
  test(`create({ functions }) validates arguments and results by ${library}`, async (t) => {
    let calls = 0;
    const interpreter = await scoped(t, {
      functions: {
        repeat: {
          ...described,
          call: (text: string, times: number) => {
            calls++;
            return repeat(text, times);
          },
        },
      },
    });
    const [good, bad, long] = await interpreter.evaluate<unknown[][]>(`
      ${TOLD}
      [[await host.repeat("ab", 3)], await told(host.repeat("ab", 11)), await told(host.repeat("ab", 10))];
    `);
    assert.deepEqual(good, ["ababab"]);
    assert.equal(calls, 2, "it was not called with what does not fit");
    const [isOne, name, message, issues] = bad ?? [];
    assert.deepEqual([isOne, name], [true, "ValidationError"]);
    assert.match(String(message), /^Cannot call host\.repeat: the arguments do not fit.*\$\[1\]: /);
    assert.deepEqual((issues as { path: unknown }[]).map(({ path }) => path), [[1]]);
    assert.deepEqual(long, [
      true,
      "ValidationError",
      "Cannot return the result of host.repeat: it does not fit its schema",
      [{ message: "does not fit", path: [] }],
      "undefined",
    ]);
  });
}

test("a validated function gets what its input schema makes, and gives what its output makes", async (t) => {
  const interpreter = await scoped(t, {
    functions: {
      year: {
        input: z.tuple([z.iso.date().transform((text) => new Date(text))]),
        output: z.object({ year: z.number() }),
        call: (date: Date) => ({ year: date.getUTCFullYear(), secret: "stays" }),
      },
      later: {
        input: z.tuple([z.string().refine((text) => Promise.resolve(text !== ""))]),
        output: z.string().transform((text) => Promise.resolve(`<${text}>`)),
        call: (text: string) => Promise.resolve(text),
      },
      plain: { call: (...args: unknown[]) => args },
      signalled: {
        input: z.tuple([]),
        call() {
          return this.signal.aborted;
        },
      },
    },
  });
  assert.deepEqual(
    await interpreter.evaluate(`
      ${TOLD}
      const [, , , issues] = await told(host.later(""));
      [await host.year("2020-01-01"), await host.later("a"), issues.length,
        await host.plain(1, 2), await host.signalled()];
    `),
    [{ year: 2020 }, "<a>", 1, [1, 2], false],
  );
});

test("schemas of functions that throw, or make no list, reject the call", async (t) => {
  let calls = 0;
  const call = () => ++calls;
  const boom = () => {
    throw new RangeError("boom");
  };
  const interpreter = await scoped(t, {
    functions: {
      throwing: { input: schemaOf<never[]>(boom), call },
      number: { input: schemaOf(() => ({ value: 5 as unknown as never[] })), call },
      secret: { output: schemaOf(boom), call: () => "secret" },
      own: {
        call: () => {
          throw new TypeError("its own");
        },
      },
    },
  });
  const [throwing, number, secret, own] = await interpreter.evaluate<unknown[][]>(`
    ${TOLD}
    [await told(host.throwing()), await told(host.number()), await told(host.secret()),
      await told(host.own())];
  `);
  assert.deepEqual(throwing?.slice(0, 2), [true, "ValidationError"]);
  assert.match(String(throwing?.[2]), /host\.throwing: .*the schema failed: RangeError: boom/);
  assert.equal(throwing?.[4], "RangeError: boom");
  assert.match(String(number?.[2]), /host\.number: its input schema must give a list of arguments/);
  assert.match(String(secret?.[2]), /host\.secret: it cannot be validated: the schema failed$/);
  assert.equal(secret?.[4], "undefined", "the cause stays here");
  assert.deepEqual(own?.slice(0, 3), [false, "TypeError", "its own"]);
  assert.equal(calls, 0);
});

test("evaluateSync() serves a validated function whose schemas take no time", (t) => {
  const interpreter = createSync({ functions: { repeat: REPEAT["zod"] ?? assert.fail() } });
  t.after(() => interpreter[Symbol.asyncDispose]());
  const [value, [isOne]] = interpreter.evaluateSync<[string, unknown[]]>(`
    ${TOLD}
    [await host.repeat("a", 2), await told(host.repeat(1))];
  `);
  assert.deepEqual([value, isOne], ["aa", true]);
});

test("functions of an interpreter may have schemas too, and their errors cross", async (t) => {
  const interpreter = await scoped(t);
  const told = await interpreter.evaluate<unknown[]>(`
    import { create } from "subinterpreters";
    const validate = ([value]) => value === 1 ? { value: [value] }
      : { issues: [{ message: "must be 1", path: [{ key: 0 }, "a"] }] };
    const input = { "~standard": { version: 1, vendor: "inside", validate } };
    const inner = await create({ functions: { one: { input, call: (n) => n + 1 } } });
    await inner.evaluate(${JSON.stringify(`${TOLD} [await host.one(1), await told(host.one(2))]`)});
  `);
  assert.deepEqual(told, [2, [
    true,
    "ValidationError",
    "Cannot call host.one: the arguments do not fit their schema: $[0].a: must be 1",
    [{ message: "must be 1", path: [0, "a"] }],
    "undefined",
  ]]);
});

test("create() refuses functions that are neither functions nor have a call and schemas", async () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [5, /functions\.f must be a function, or an object with call, input and output, received 5/],
    [{}, /functions\.f must be a function, or an object with call/],
    [{ call: 5 }, /functions\.f\.call must be a function, received 5/],
    [{ call: () => 1, schema: 1 }, /functions\.f: there is no option "schema"/],
    ...NO_SCHEMAS.flatMap((schema) => [
      [{ call: repeat, input: schema }, /functions\.f\.input must be a Standard Schema/] as const,
      [{ call: repeat, output: schema }, /functions\.f\.output must be a Standard/] as const,
    ]),
  ];
  for (const [f, message] of refused) {
    await assert.rejects(create({ functions: { f: f as never } }), { name: "TypeError", message });
  }
});

test("a ValidationError that another side has forged is made of what has the right shape", () => {
  const make = (properties: Readonly<Record<string, unknown>>, cause?: Excinfo) =>
    fromFailure({
      tag: "ValidationError",
      message: "m",
      excinfo: { name: "n", message: "m", properties, ...(cause === undefined ? {} : { cause }) },
    });
  const issues = [
    null,
    5,
    { message: 5 },
    { message: "no path" },
    { message: "odd", path: ["a", null, {}, 1] },
    { message: "text", path: "abc" },
  ];
  const error = make({ issues, channel: "3", queue: {} }, { name: "RangeError", message: "c" });
  assert.ok(error instanceof ValidationError);
  assert.deepEqual(error.issues, [
    { message: "no path", path: [] },
    { message: "odd", path: ["a", 1] },
    { message: "text", path: [] },
  ]);
  assert.deepEqual([error.channel, error.queue], [undefined, undefined]);
  assert.ok(error.cause instanceof RangeError);
  for (const odd of [{}, { issues: 5 }, { issues: { length: 3 } }]) {
    const other = make(odd);
    assert.ok(other instanceof ValidationError);
    assert.deepEqual(other.issues, []);
  }
  const bare = fromFailure({ tag: "ValidationError", message: "m" });
  assert.ok(bare instanceof ValidationError);
});
