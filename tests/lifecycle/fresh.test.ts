// What holds when nothing has been created yet. The tests of this file go on from each
// other's leavings: it has a process or a registry of its own on every runtime.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createChannel, getMain, listAll, listAllChannels } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

test("B053 listAll() is the main interpreter alone at first", () => {
  assert.deepEqual(listAll(), [getMain()]);
});

test("B226 listAllChannels() is empty at first", () => {
  assert.deepEqual(listAllChannels(), []);
});

test("B232 createChannel() counts ids from 0", () => {
  assert.deepEqual([createChannel()[0].id, createChannel()[0].id], [0, 1]);
});

test("B024 create() counts ids from 1, whichever interpreter creates", async (t) => {
  const first = await scoped(t);
  const ids = await first.evaluate<number[]>(`
    import { create, createSync } from "subinterpreters";
    const [a, b] = [await create(), createSync()];
    const ids = [a.id, b.id];
    await a.close();
    await b.close();
    ids;
  `);
  const last = await scoped(t);
  assert.deepEqual([first.id, ...ids, last.id], [1, 2, 3, 4]);
});

test("B055 listAll() after the first is closed has main and the second", async (t) => {
  const [first, second] = [await create(), await scoped(t)];
  await first.close();
  assert.deepEqual(listAll(), [getMain(), second]);
});

test("B070 close() of all in any order leaves listAll() as it was", async () => {
  const before = listAll();
  const [a, b, c] = [await create(), await create(), await create()];
  for (const interpreter of [b, c, a]) await interpreter.close();
  assert.deepEqual(listAll(), before);
});
