// Channels whose receiver has a schema: what fits is received, what does not is dropped with
// a ValidationError, in every way to receive.

import * as Effect from "effect/Effect";
import * as Queue from "effect/Queue";
import * as StreamOfEffect from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelEmptyError,
  createChannel,
  RecvChannel,
  SendChannel,
  UNBOUND,
  ValidationError,
} from "subinterpreters";
import { dequeue, recv, stream } from "subinterpreters/effect";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { JOBS, NO_SCHEMAS, numbers, schemaOf, SLOW_JOBS, slowNumbers } from "./schemas.ts";

const shared = sharing();

const GOOD = { id: "7", tags: ["a"] };
const BAD = { id: "7", tags: ["a", 1] };

/** A sender that keeps to nothing. */
const rudely = ({ id }: { readonly id: number }): SendChannel => new SendChannel(id);

async function failure(call: () => unknown): Promise<ValidationError> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error;
  }
  assert.fail("nothing was thrown");
}

for (const [library, schema] of Object.entries(JOBS)) {
  test(`createChannel({ schema }) of ${library} gives what the schema makes of an item`, async () => {
    const [end, outbox] = createChannel({ schema });
    outbox.sendNowait(GOOD);
    assert.deepEqual(await end.recv(), { id: 7, tags: ["a"] });
    outbox.sendNowait(GOOD);
    assert.deepEqual(end.recvSync(), { id: 7, tags: ["a"] });
  });

  test(`createChannel({ schema }) of ${library} tells what is wrong with an item, and where`, async () => {
    const [end, outbox] = createChannel({ schema });
    const { length } = end;
    rudely(outbox).sendNowait(BAD);
    const error = await failure(() => end.recv());
    assert.deepEqual(error.issues.map(({ path }) => path), [["tags", 1]]);
    assert.equal(error.channel, end.id);
    assert.match(
      error.message,
      /: the item does not fit its schema and is dropped: \$\.tags\[1\]: /,
    );
    assert.ok(error.message.endsWith(error.issues[0]?.message ?? "?"));
    assert.equal(end.length, length, "it is dropped");
  });
}

for (const [library, schema] of Object.entries(SLOW_JOBS)) {
  test(`createChannel({ schema }) waits for an asynchronous schema of ${library}`, async () => {
    const [end, outbox] = createChannel({ schema });
    outbox.sendNowait(GOOD);
    assert.deepEqual(await end.recv(), { id: 7, tags: ["a"] });
    outbox.sendNowait({ ...GOOD, id: "x" });
    assert.deepEqual((await failure(() => end.recv())).issues[0]?.path, ["id"]);
  });
}

const SAID = /nowhere|Cannot receive from channel \d+: the item does not fit/;

test("every way to receive throws a ValidationError for what does not fit, and goes on", async () => {
  const [end, outbox] = createChannel({ schema: numbers() });
  const ways: Readonly<Record<string, () => unknown>> = {
    recv: () => end.recv(),
    recvWithTimeout: () => end.recv({ timeout: 10_000 }),
    recvSync: () => end.recvSync(),
    recvNowait: () => end.recvNowait(),
    recvMany: () => end.recvMany(),
    recvManySync: () => end.recvManySync(),
    next: () => end[Symbol.asyncIterator]().next(),
    read: () => end.readable.getReader().read(),
    effect: () => Effect.runPromise(Effect.flip(recv(end))).then((error) => Promise.reject(error)),
    stream: () =>
      Effect.runPromise(Effect.flip(StreamOfEffect.runCollect(stream(end)))).then((error) =>
        Promise.reject(error)
      ),
    dequeue: () =>
      Effect.runPromise(
        Effect.scoped(Effect.flatMap(dequeue(end, 1), (queue) => Effect.flip(Queue.take(queue)))),
      ).then((error) => Promise.reject(error)),
  };
  for (const [name, receive] of Object.entries(ways)) {
    rudely(outbox).sendNowait("one");
    const error = await failure(receive);
    assert.match(error.message, SAID, name);
    assert.deepEqual(error.issues, [{ message: "no number", path: [] }], name);
    assert.equal(end.length, 0, name);
  }
  rudely(outbox).sendNowait(1);
  assert.equal(await end.recv(), 1);
});

test("every way to receive throws a ValidationError for an item that it waited for", async () => {
  const [end, outbox] = createChannel({ schema: numbers() });
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    recv: () => end.recv(),
    recvMany: () => end.recvMany(),
    next: () => end[Symbol.asyncIterator]().next(),
    read: () => end.readable.getReader().read(),
  };
  for (const [name, receive] of Object.entries(ways)) {
    const failed = failure(receive);
    await rudely(outbox).send("one");
    assert.deepEqual((await failed).issues, [{ message: "no number", path: [] }], name);
  }
});

test("recv() of what does not fit has the line of its caller in the stack", async () => {
  const [end, outbox] = createChannel({ schema: numbers() });
  rudely(outbox).sendNowait("one");
  const error = await failure(() => end.recv());
  assert.match(error.stack ?? "", /channels\.test/);
  assert.doesNotMatch(error.stack ?? "", /valid_items/);
});

test("a loop over a channel with a schema gives what fits, and ends in a ValidationError", async () => {
  const [end, outbox] = createChannel({ schema: slowNumbers });
  for (const item of [1, 2, "three", 4]) outbox.sendNowait(item);
  const seen: number[] = [];
  const error = await failure(async () => {
    for await (const n of end) seen.push(n);
  });
  assert.deepEqual(seen, [1, 2]);
  assert.equal(error.channel, end.id);
  assert.equal(await end.recv(), 4);
});

test("recvSync(), recvNowait() and recvManySync() lose nothing to a schema that takes time", async () => {
  const [end, outbox] = createChannel({ schema: slowNumbers });
  for (const item of [1, 2]) outbox.sendNowait(item);
  const refusal = {
    name: "TypeError",
    message: /was not taken, because its schema takes time to validate; receive with recv\(\)/,
  };
  assert.throws(() => end.recvSync(), refusal);
  assert.throws(() => end.recvNowait(), refusal);
  assert.throws(() => end.recvManySync(), refusal);
  assert.equal(end.length, 2);
  assert.deepEqual(await end.recvMany(), [1, 2]);
});

test("recvMany() ends before an item that does not fit, which the next receive throws", async () => {
  const [end, outbox] = createChannel({ schema: numbers() });
  const send = rudely(outbox);
  for (const item of [1, 2, "three", 4]) send.sendNowait(item);
  assert.deepEqual(await end.recvMany(), [1, 2]);
  await failure(() => end.recvMany());
  assert.deepEqual(end.recvManySync(), [4]);
  for (const item of [5, "six", 7]) send.sendNowait(item);
  assert.deepEqual(end.recvManySync(), [5]);
  await failure(() => end.recvManySync());
  assert.deepEqual(await end.recvMany(), [7]);
});

test("an item that waits for its schema returns to the channel when its iterator is left", async () => {
  let settle = () => {};
  const schema = schemaOf((value) =>
    new Promise<{ value: unknown }>((resolve) => {
      settle = () => resolve({ value });
    })
  );
  const [end, outbox] = createChannel({ schema });
  outbox.sendNowait({ n: 1 });
  const items = end[Symbol.asyncIterator]();
  const next = items.next();
  await items.return?.();
  assert.equal(end.length, 1);
  settle();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.deepEqual(await new RecvChannel(end.id).recv(), { n: 1 });
});

test("effect: an item that waits for its schema returns when its fiber is interrupted", async () => {
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const schema = schemaOf(() => {
    isAsked();
    return new Promise<{ value: unknown }>(() => {});
  });
  const [end, outbox] = createChannel({ schema });
  outbox.sendNowait(1);
  const stop = Effect.runCallback(recv(end));
  await asked;
  stop();
  const again = new RecvChannel<number>(end.id);
  assert.equal(await again.recv({ timeout: 10_000 }), 1);
});

test("effect: dequeue() with a schema holds what it made, and returns the items themselves", async () => {
  const [end, outbox] = createChannel({
    schema: schemaOf((value) => ({ value: `<${String(value)}>` })),
  });
  for (const item of ["a", "b", "c"]) outbox.sendNowait(item);
  const program = Effect.flatMap(dequeue(end), (queue) => Queue.take(queue));
  assert.equal(await Effect.runPromise(Effect.scoped(program)), "<a>");
  assert.deepEqual(new RecvChannel(end.id).recvManySync(), ["b", "c"]);
});

test("a schema that throws, rejects or says nonsense is a ValidationError with its cause", async () => {
  const broken: readonly (readonly [() => unknown, RegExp])[] = [
    [() => {
      throw new RangeError("out of order");
    }, /cannot be validated and is dropped: the schema failed: RangeError: out of order/],
    [() => Promise.reject(new RangeError("later")), /the schema failed: RangeError: later/],
    [() => {
      // oxlint-disable-next-line typescript/only-throw-error -- schemas may
      throw Object.create(null);
    }, /the schema failed: something that cannot be read/],
    ...[undefined, null, true, {}, { issues: "many" }, { issues: 5, value: 1 }].map((result) =>
      [
        () => result,
        /the schema failed: TypeError: validate\(\) must give \{ value \} or a list of issues/,
      ] as const
    ),
    [() => ({ issues: [null] }), /the schema failed: TypeError/],
  ];
  for (const [validate, message] of broken) {
    const [end, outbox] = createChannel({ schema: schemaOf<never>(validate as never) });
    outbox.sendNowait("x");
    const error = await failure(() => end.recv());
    assert.match(error.message, message);
    assert.ok(error.cause !== undefined);
    assert.equal(error.issues.length, 1);
    assert.equal(end.length, 0);
  }
});

test("issues without a reason, with keys of all kinds and in any number are told", async () => {
  const issues = [
    { message: "m", path: ["a b", { key: 0 }, Symbol("s"), { key: "k" }] },
    ...Array.from({ length: 99 }, () => ({ message: "x".repeat(10_000) })),
  ];
  const [end, outbox] = createChannel({ schema: schemaOf(() => ({ issues })) });
  outbox.sendNowait(1);
  const error = await failure(() => end.recv());
  assert.match(error.message, /\$\["a b"\]\[0\]\["Symbol\(s\)"\]\.k: m \(and 99 more\)$/);
  assert.deepEqual(error.issues[0]?.path, ["a b", 0, "Symbol(s)", "k"]);
  assert.equal(error.issues.length, 50);
  assert.equal(error.issues[1]?.message.length, 501);
  const [other, send] = createChannel({ schema: schemaOf(() => ({ issues: [] })) });
  send.sendNowait(1);
  assert.match((await failure(() => other.recv())).message, /: it gives no reason$/);
});

test("what a schema makes may be undefined, or nothing like the item", async () => {
  const [end, outbox] = createChannel({ schema: schemaOf(() => ({ value: undefined })) });
  outbox.sendNowait(1);
  outbox.sendNowait(1);
  assert.equal(end.recvNowait("fallback"), undefined);
  assert.equal(await end.recv(), undefined);
  assert.equal(end.recvNowait("fallback"), "fallback");
});

test("recv() does not ask the schema when nothing came", async () => {
  const given: unknown[] = [];
  const [end] = createChannel({ schema: numbers(given) });
  await assert.rejects(end.recv({ timeout: 0 }), ChannelEmptyError);
  await assert.rejects(end.recv({ timeout: 5 }), ChannelEmptyError);
  assert.equal(end.recvNowait(), null);
  assert.deepEqual(given, []);
});

test("createChannel() and new RecvChannel() refuse what is no schema, and name libraries", () => {
  for (const schema of NO_SCHEMAS) {
    const refusal = { name: "TypeError", message: /: schema must be a Standard Schema v1.*zod/ };
    assert.throws(() => createChannel({ schema: schema as never }), refusal);
    assert.throws(() => new RecvChannel(0, { schema: schema as never }), refusal);
  }
  assert.throws(() => new RecvChannel(0, { schemas: 1 } as never), /there is no option "schemas"/);
});

test("an interpreter that receives an end with a schema has it without, and may make its own", async () => {
  const interpreter = await shared();
  const [end, outbox] = createChannel({ schema: numbers() });
  for (const item of ["a", "b", 3]) rudely(outbox).sendNowait(item);
  const seen = await interpreter.evaluate(
    `
    import { RecvChannel, ValidationError } from "subinterpreters";
    const schema = { "~standard": { version: 1, vendor: "inside", validate: (value) =>
      typeof value === "number" ? { value: -value } : { issues: [{ message: "no", path: [0] }] } } };
    const first = end.recvNowait();
    const own = new RecvChannel(end.id, { schema });
    const error = await own.recv().catch((e) => e);
    [first, error instanceof ValidationError, error.issues, await own.recv()];
    `,
    { channels: { end } },
  );
  assert.deepEqual(seen, ["a", true, [{ message: "no", path: [0] }], -3]);
});

test("a ValidationError that source does not catch tells its issues in the excinfo", async () => {
  const interpreter = await shared();
  const error: unknown = await interpreter.run(`
    import { createChannel } from "subinterpreters";
    const validate = () => ({ issues: [{ message: "no", path: ["a", 0] }] });
    const [r, s] = createChannel({ schema: { "~standard": { version: 1, vendor: "v", validate } } });
    s.sendNowait(1);
    await r.recv();
  `).catch((cause: unknown) => cause);
  assert.ok(error instanceof Error && "excinfo" in error);
  const { name, properties } = error.excinfo as { name: string; properties: unknown };
  assert.equal(name, "ValidationError");
  assert.deepEqual((properties as { issues: unknown }).issues, [
    { message: "no", path: ["a", 0] },
  ]);
});

test("UNBOUND in place of an item is not validated", async (t) => {
  const [end, outbox] = createChannel({ schema: numbers(), unboundItems: "replace" });
  const interpreter = await scoped(t);
  await interpreter.run("out.sendNowait(1)", { channels: { out: outbox } });
  await interpreter.close();
  assert.equal(await end.recv(), UNBOUND);
});

test("two handles of one channel validate by their own schemas", async () => {
  const [end, outbox] = createChannel({ schema: numbers() });
  const text = new RecvChannel(end.id, { schema: schemaOf((value) => ({ value: String(value) })) });
  for (const n of [1, 2]) rudely(outbox).sendNowait(n);
  assert.deepEqual([await end.recv(), await text.recv()], [1, "2"]);
});
