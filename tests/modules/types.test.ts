// What the types of an imported module infer, and what they refuse: `npm run check` fails if a
// line that is expected to be an error is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interpreter, RecvChannel, Remote } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

type Work = typeof import("./fixtures/work.ts");

const shared = sharing();
const WORK = new URL("./fixtures/work.ts", import.meta.url);

/** Generators whose types say less than that they are generators. */
interface Annotated {
  items(): AsyncIterable<number>;
  entries(): AsyncIterableIterator<string>;
  counts(): IterableIterator<number>;
  list(): Iterable<number>;
  channel(): RecvChannel<number>;
}

/** Never called: the compiler alone reads it. */
export async function inferred(remote: Remote<Annotated>): Promise<void> {
  for await (const item of remote.items()) item satisfies number;
  for await (const entry of remote.entries()) entry satisfies string;
  for await (const count of remote.counts()) count satisfies number;
  // These may be an array and a channel, which cross.
  (await remote.list()) satisfies Iterable<number>;
  (await remote.channel()) satisfies RecvChannel<number>;
}

/** Never called: the compiler alone reads it. */
export async function refused(interpreter: Interpreter): Promise<void> {
  const remote = await interpreter.import<Work>(WORK);
  // @ts-expect-error -- an argument of another type
  await remote.add("one", 2);
  // @ts-expect-error -- an argument is missing
  await remote.add(1);
  // @ts-expect-error -- one argument too many
  await remote.add(1, 2, 3);
  // @ts-expect-error -- there is no such export
  await remote.subtract(1, 2);
  // @ts-expect-error -- the result is a number
  const text: string = await remote.add(1, 2);
  // @ts-expect-error -- a value is read as a promise
  const version: string = remote.version;
  // @ts-expect-error -- classes stay behind
  const kept = new remote.Kept();
  // @ts-expect-error -- a generator gives items of another type
  const numbers: AsyncGenerator<number> = remote.items(1);
  // @ts-expect-error -- there is no such option
  remote.add.withOptions({ nothing: true });
  // @ts-expect-error -- the arguments are the same with options
  await remote.add.withOptions({ timeout: 1 })("one");
  // @ts-expect-error -- it is read and not written
  remote.version = Promise.resolve("2");
  // @ts-expect-error -- a module is named by text or a URL
  await interpreter.import(5);
  void [text, version, numbers, kept];
}

test("the types of a remote module follow from those of the module", async () => {
  const remote: Remote<Work> = await (await shared()).import<Work>(WORK);
  const sum: number = await remote.add(1, 2);
  const greeting: string = await remote.default("Ada");
  const version: string = await remote.version;
  const { deep }: { readonly deep: readonly number[] } = await remote.settings;
  const items: { readonly n: number }[] = [];
  for await (const item of remote.items(2)) items.push(item);
  const iterator: AsyncGenerator<{ readonly n: number }, string> = remote.slowItems(0);
  const end: IteratorResult<{ readonly n: number }, string> = await iterator.next();
  const limited: number = await remote.add.withOptions({ timeout: 60_000 })(2, 2);
  assert.deepEqual([sum, greeting, version, deep], [3, "hello Ada", "1.2.3", [1, 2]]);
  assert.deepEqual([items.length, end.value, limited], [2, "end", 4]);
});
