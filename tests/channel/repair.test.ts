import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../helpers/seed.ts";

// An interpreter that is killed stops between two stores, and nothing that it had
// planned to do afterwards happens. Here that is played through for every store of
// an operation: the victim's memory counts its stores, and from the n-th one on
// nothing that the victim does has an effect.

class Killed extends Error {}

const victims = new WeakMap<object, { array: Int32Array; life: Life }>();

class Life {
  storesLeft = Infinity;

  /** Whether one more store may happen; the victim learns of its death by a throw. */
  store(): void {
    if (this.storesLeft-- <= 0) throw new Killed();
  }

  watch(array: Int32Array): Int32Array {
    const watched = new Proxy(array, {
      get: (target, key) => Reflect.get(target, key, target),
      set: (target, key, value) => {
        this.store();
        return Reflect.set(target, key, value, target);
      },
    });
    victims.set(watched, { array, life: this });
    return watched;
  }
}

const atomics = Atomics as unknown as Record<string, (...args: unknown[]) => unknown>;
const originals = { ...Object.getOwnPropertyDescriptors(atomics) };
for (const name of ["add", "compareExchange", "exchange", "load", "notify", "store"]) {
  const original = originals[name]?.value as (...args: unknown[]) => unknown;
  atomics[name] = (array, ...rest) => {
    const victim = victims.get(array as object);
    if (victim === undefined) return original(array, ...rest);
    if (name !== "load" && name !== "notify") victim.life.store();
    return original(victim.array, ...rest);
  };
}
// The module takes these functions when it is loaded: so only now.
const { Core, NOTHING } = await import("subinterpreters/src/channel/core.ts");
const { QueueCore } = await import("subinterpreters/src/channel/queue_core.ts");
const { SharedQueue } = await import("subinterpreters/src/channel/queue.ts");
const { queueKey } = await import("subinterpreters/src/codec/handles.ts");
const { Channel } = await import("subinterpreters/src/channel/channel.ts");
const { repair } = await import("subinterpreters/src/channel/memory/repair.ts");
const layout = await import("subinterpreters/src/channel/memory/layout.ts");
const { setHost } = await import("subinterpreters/src/channel/wake/doorbell.ts");
const { setDeposits } = await import("subinterpreters/src/channel/deposits.ts");
Object.defineProperties(atomics, originals);
/** What the main interpreter asks while it waits for a lock. */
let isAlive = (_id: number): boolean => true;
setHost({ serve() {}, isAlive: (id) => isAlive(id) });
setDeposits({ deposit: () => 0, discard: () => {}, withdraw: () => [] });

type Core = InstanceType<typeof Core>;
type QueueCore = InstanceType<typeof QueueCore>;

const VICTIM = 5;

function makeVictim(buffer: SharedArrayBuffer): { victim: Core; life: Life } {
  return doomed(new Core(buffer, VICTIM));
}

/** The victim, whose stores count from now on. */
function doomed<C extends Core>(victim: C): { victim: C; life: Life } {
  const life = new Life();
  const { memory } = victim;
  const refresh = memory.refresh.bind(memory);
  const watch = () => {
    memory.words = life.watch(memory.words);
  };
  Object.defineProperty(memory, "header", { value: life.watch(memory.header) });
  memory.refresh = () => {
    refresh();
    watch();
  };
  watch();
  return { victim, life };
}

function send(core: Core, value: unknown, isRendezvous = false): number {
  core.push(core.pack(value), isRendezvous);
  core.ringReceivers();
  return core.ring.pushedSeq;
}

function drain(core: Core): unknown[] {
  const items: unknown[] = [];
  for (let item: unknown; (item = core.take(false)) !== NOTHING;) items.push(item);
  return items;
}

/** Brings head and tail to some place in the ring, and leaves `left` items of the survivor there. */
function prepare(survivor: Core, { turns, left }: { turns: number; left: number }): string[] {
  for (let i = 0; i < turns; i++) {
    send(survivor, "x".repeat(i % 90));
    survivor.take(false);
  }
  const items = Array.from({ length: left }, (_, i) => `kept ${i}`);
  for (const item of items) send(survivor, item);
  return items;
}

const OPERATIONS = {
  "sendNowait()": (victim: Core) => void send(victim, "new"),
  "sendNowait() of a big item": (victim: Core) => void send(victim, "b".repeat(5000)),
  "send()": (victim: Core) => void send(victim, "new", true),
  "recvNowait()": (victim: Core) => void victim.take(false),
  "recv()": (victim: Core) => {
    victim.enlist();
    victim.take(true);
  },
  "recv() that gives up": (victim: Core) => {
    victim.enlist();
    victim.resign();
  },
  "send() that gives up": (victim: Core) => void victim.withdraw(send(victim, "new", true)),
  "release()": (victim: Core) => void victim.locked(() => victim.releaseRow(layout.ROW_SEND)),
};

function checkSound(core: Core): void {
  const { header } = core.memory;
  assert.equal(header[layout.SEND_LOCK], 0, "nobody has the senders' lock");
  assert.equal(header[layout.RECV_LOCK], 0, "nobody has the receivers' lock");
  assert.equal(header[layout.RECV_WAITERS], 0, "nobody is counted as waiting");
  assert.equal(header[layout.STATE], layout.OPEN);
}

/** Whether `actual` is `before`, with its first item gone at most and one item more at most. */
function isExplained(actual: unknown[], before: unknown[], ownItem: RegExp): boolean {
  const others = actual.filter((item) => !(typeof item === "string" && ownItem.test(item)));
  const rest = before.slice(before.length - others.length);
  return before.length - others.length <= 1 && actual.length - others.length <= 1 &&
    others.every((item, i) => item === rest[i]);
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  test(`B435 ${name}: a kill at any store of it loses and doubles nothing`, () => {
    const { seed } = seeded();
    let kills = 0;
    for (let turns = seed % 7; turns < 120; turns += 7) {
      for (const left of [0, 1, 3, 60]) {
        for (let storesLeft = 0;; storesLeft++) {
          const survivor = new Core(
            layout.allocate(1, { unboundItems: "keep", capacity: 4096 }),
            0,
          );
          const before = prepare(survivor, { turns, left });
          const { victim, life } = makeVictim(survivor.memory.buffer);
          life.storesLeft = storesLeft;
          let isKilled = false;
          try {
            operation(victim);
          } catch (error) {
            assert.ok(error instanceof Killed, String(error));
            isKilled = true;
          }
          repair(survivor, VICTIM);
          checkSound(survivor);
          const liveBefore = survivor.ring.live();
          const after = drain(survivor);
          assert.equal(liveBefore, after.length, "the count of items is right");
          assert.ok(
            isExplained(after, before, /^(new|b+)$/),
            `${turns} turns, ${left} left, killed at store ${storesLeft}: ${after.length} of ${before.length}`,
          );
          if (name.startsWith("send()")) assert.ok(!after.includes("new"), "it was withdrawn");
          send(survivor, "after");
          assert.deepEqual(drain(survivor), ["after"]);
          if (!isKilled) break;
          kills++;
        }
      }
    }
    assert.ok(kills > 0);
  });
}

for (const queued of [0, 1, 2, 3]) {
  test(`B435 a kill in the send of a long item loses nothing, with ${queued} queued in a warm ring`, () => {
    const long = (n: number) => `${n}`.padEnd(2 ** 16, "x");
    for (let storesLeft = 0;; storesLeft++) {
      const survivor = new Core(layout.allocate(1, { unboundItems: "keep", capacity: 2 ** 18 }), 0);
      // From here on the next long item goes back to 0, and those after it where there is room.
      for (let n = 0; n < 2; n++) send(survivor, long(n));
      drain(survivor);
      const before = Array.from({ length: queued }, (_, n) => long(n));
      for (const item of before) send(survivor, item);
      const { victim, life } = makeVictim(survivor.memory.buffer);
      life.storesLeft = storesLeft;
      let isKilled = false;
      try {
        send(victim, long(9));
      } catch (error) {
        assert.ok(error instanceof Killed, String(error));
        isKilled = true;
      }
      repair(survivor, VICTIM);
      checkSound(survivor);
      const after = drain(survivor);
      assert.deepEqual(after.slice(0, queued), before);
      assert.ok(after.length === queued || after.at(-1) === long(9));
      send(survivor, "after");
      assert.deepEqual(drain(survivor), ["after"]);
      if (!isKilled) break;
    }
  });
}

test("B435 a kill while the survivor waits for its item to be received tells the truth", () => {
  let outcomes = 0;
  for (let storesLeft = 0;; storesLeft++) {
    const survivor = new Core(layout.allocate(1, { unboundItems: "keep", capacity: 4096 }), 0);
    const seq = send(survivor, "item", true);
    const { victim, life } = makeVictim(survivor.memory.buffer);
    life.storesLeft = storesLeft;
    let isKilled = false;
    try {
      victim.take(false);
    } catch {
      isKilled = true;
    }
    repair(survivor, VICTIM);
    const isThere = drain(survivor).includes("item");
    // Whether the killed one had taken it, or this drain just did: it is received now.
    assert.equal(survivor.progress(seq), "received");
    outcomes |= isThere ? 1 : 2;
    if (!isKilled) break;
  }
  assert.equal(outcomes, 3, "some kills come before the receive, some after");
});

test("B325 unboundItems remove: the last item of a dead sender goes without a trace", () => {
  const survivor = new Core(layout.allocate(1, { unboundItems: "remove", capacity: 4096 }), 0);
  send(survivor, "A");
  const { victim } = makeVictim(survivor.memory.buffer);
  send(victim, "B");
  repair(survivor, VICTIM);
  assert.equal(survivor.ring.live(), 1);
  send(survivor, "C");
  assert.deepEqual(drain(survivor), ["A", "C"]);
});

test(
  "B435 a kill between ringing a bell and waking leaves nobody asleep",
  { timeout: 10_000 },
  async () => {
    const buffer = layout.allocate(0, { unboundItems: "keep", capacity: 4096 });
    const survivor = new Channel(buffer, 1);
    const received = new Promise((resolve, reject) => survivor.startRecv({ resolve, reject }));
    const { victim } = makeVictim(buffer);
    victim.push(victim.pack("kept"), false);
    // Where it stopped: the bell has changed, and nobody has been told.
    Atomics.add(new layout.Memory(buffer).header, layout.RECV_BELL, 1);
    repair(new Core(buffer, 0), VICTIM);
    assert.equal(await received, "kept");
  },
);

test("a lock is not waited for in vain whose owner waits for that of a dead one", (t) => {
  const NEIGHBOUR = 7;
  const core = new Core(layout.allocate(1, { unboundItems: "keep", capacity: 4096 }), 0);
  const { header } = core.memory;
  send(core, "kept");
  Atomics.store(header, layout.SEND_LOCK, NEIGHBOUR + 1);
  Atomics.store(header, layout.RECV_LOCK, VICTIM + 1);
  t.after(() => {
    isAlive = () => true;
  });
  isAlive = (id) => {
    // The neighbour goes on as soon as it has both.
    if (Atomics.load(header, layout.RECV_LOCK) === 0) Atomics.store(header, layout.SEND_LOCK, 0);
    return id !== VICTIM;
  };
  repair(core, VICTIM);
  checkSound(core);
  assert.deepEqual(drain(core), ["kept"]);
});

const MAXSIZE = 3;

const newQueue = (maxsize = MAXSIZE): SharedArrayBuffer =>
  layout.allocate(queueKey(1), { unboundItems: "keep", capacity: 4096, maxsize });

function put(core: QueueCore, item: unknown): boolean {
  const isPut = core.pushIfRoom(core.pack(item), 0);
  if (isPut) core.ringReceivers();
  return isPut;
}

const QUEUE_OPERATIONS = {
  "putNowait()": (victim: QueueCore) => void put(victim, "new"),
  "putNowait() of a big item": (victim: QueueCore) => void put(victim, "b".repeat(5000)),
  "getNowait()": (victim: QueueCore) => {
    victim.take(false);
    victim.tellPutters();
  },
  "get()": (victim: QueueCore) => {
    victim.enlist();
    victim.take(true);
    victim.tellPutters();
  },
};

for (const [name, operation] of Object.entries(QUEUE_OPERATIONS)) {
  test(`B435 ${name} of a queue: a kill at any store of it loses and doubles nothing, and leaves its room`, () => {
    let kills = 0;
    for (const turns of [0, 5, 60]) {
      for (let left = 0; left <= MAXSIZE; left++) {
        for (let storesLeft = 0;; storesLeft++) {
          const survivor = new QueueCore(newQueue(), 0);
          const before = prepare(survivor, { turns, left });
          const { victim, life } = doomed(new QueueCore(survivor.memory.buffer, VICTIM));
          life.storesLeft = storesLeft;
          let isKilled = false;
          try {
            operation(victim);
          } catch (error) {
            assert.ok(error instanceof Killed, String(error));
            isKilled = true;
          }
          repair(survivor, VICTIM);
          checkSound(survivor);
          const after = drain(survivor);
          assert.ok(after.length <= MAXSIZE && isExplained(after, before, /^(new|b+)$/));
          const isPut = [0, 1, 2, 3].map((n) => put(survivor, n));
          assert.deepEqual(isPut, [true, true, true, false]);
          assert.deepEqual(drain(survivor), [0, 1, 2]);
          if (!isKilled) break;
          kills++;
        }
      }
    }
    assert.ok(kills > 0);
  });
}

test("B435 a getter that is killed between taking and telling leaves no putter asleep", {
  timeout: 20_000,
}, async () => {
  for (let storesLeft = 0;; storesLeft++) {
    const buffer = newQueue(1);
    const survivor = new SharedQueue(buffer, 1);
    assert.equal(survivor.putNowait("a", undefined), true);
    const waiting = survivor.beginPut("b", undefined);
    assert.ok(waiting !== undefined);
    const isPut = new Promise<void>((resolve, reject) =>
      survivor.startPut(waiting, { resolve, reject })
    );
    const { victim, life } = doomed(new QueueCore(buffer, VICTIM));
    life.storesLeft = storesLeft;
    let isKilled = false;
    try {
      victim.take(false);
      victim.tellPutters();
    } catch (error) {
      assert.ok(error instanceof Killed, String(error));
      isKilled = true;
    }
    repair(new QueueCore(buffer, 0), VICTIM);
    // If "a" is there nothing has been taken: then this makes the room.
    if (survivor.length > 0) survivor.tryRecv();
    await isPut;
    if (!isKilled) break;
  }
});
