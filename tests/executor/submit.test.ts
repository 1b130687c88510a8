// submit(): what may be given, what the task gives, and how it fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  ExecutionFailedError,
  getCurrent,
  InterpreterPoolExecutor,
  InterpreterTerminatedError,
  NotShareableError,
  QueueFullError,
  Task,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { scopedPool } from "../helpers/pool.ts";

const MODULE = `data:text/javascript,${
  encodeURIComponent(
    "export const double = (n) => n * 2; export default async (a, b) => a + b; export const n = 1",
  )
}`;

test("B372 submit() returns a task that resolves to the result", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const task = pool.submit((a: number, b: number) => a * b, 6, 7);
  assert.ok(task instanceof Task);
  assert.equal(await task, 42);
  assert.equal(
    await pool.submit(async (text: string) => (await Promise.resolve(text)).toUpperCase(), "a"),
    "A",
  );
  assert.equal(await pool.submit({ fn: (a: number) => -a, args: [3] }), -3);
  assert.equal(await pool.submit({ source: "const [n] = args; n + 1", args: [1] }), 2);
  assert.equal(await pool.submit({ module: MODULE, export: "double", args: [4] }), 8);
  assert.equal(await pool.submit({ module: new URL(MODULE), args: [4, 5] }), 9);
});

test("B373 B384 submit() refuses at once what is no task", (t) => {
  const pool = scopedPool(t);
  const wrong = pool.submit.bind(pool) as (...given: unknown[]) => unknown;
  const cases: readonly (readonly [...given: unknown[]])[] = [
    [],
    [undefined],
    ["1 + 1"],
    [1],
    [[() => 1]],
    [{}],
    [{ args: [1] }],
    [{ fn: 1 }],
    [{ fn: () => 1 }, 1],
    [{ fn: () => 1, source: "1" }],
    [{ fn: () => 1, export: "a" }],
    [{ fn: () => 1, args: 1 }],
    [{ fn: () => 1, priority: "1" }],
    [{ fn: () => 1, wait: 1 }],
    [{ fn: () => 1, signal: 1 }],
    [{ fn: () => 1, timeout: "1" }],
    [{ fn: () => 1, other: 1 }],
    [{ source: 1 }],
    [{ module: 1 }],
    [{ module: "a", export: 1 }],
  ];
  for (const given of cases) assert.throws(() => wrong(...given), TypeError, JSON.stringify(given));
  assert.throws(() => wrong("1 + 1"), /for source, pass \{ source \}/);
  for (const given of [{ timeout: -1 }, { timeout: NaN }, { priority: NaN }]) {
    assert.throws(() => wrong({ fn: () => 1, ...given }), RangeError);
  }
  assert.equal(pool.size, 0);
});

test("B380 a task runs in another interpreter, one for each worker", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const id = async () => {
    const module = await import("subinterpreters");
    return module.getCurrent().id;
  };
  const first = await pool.submit(id);
  assert.notEqual(first, getCurrent().id);
  assert.equal(await pool.submit(id), first);
});

test("B382 what cannot cross fails the task, and submit() does not throw", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  // Bun puts constants into the text of a function.
  const outer = { n: 1 };
  class Local {
    readonly n = 1;
  }
  const methods = {
    method(this: void) {
      return 1;
    },
  };
  const identity = (a: number) => a;
  const bound = identity.bind(null);
  const notShareable = [
    pool.submit(() => outer),
    pool.submit(methods.method),
    pool.submit(Math.max),
    pool.submit(bound, 1),
    pool.submit(Local as unknown as () => void),
    pool.submit((value: unknown) => value, () => {}),
    pool.submit((value: unknown) => value, new Local()),
    pool.submit(() => () => {}),
    pool.submit({ source: "args", args: [Symbol("a")] }),
  ];
  for (const task of notShareable) {
    const error = await task.exception();
    assert.ok(error instanceof NotShareableError, String(error));
  }
  assert.match(String(await notShareable[0]?.exception()), /outer/);
  assert.equal(await pool.submit(() => 1), 1, "the worker goes on");
});

test("B385 a task fails with what its function threw, caused by an ExecutionFailedError", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const error = await pool.submit(() => {
    throw Object.assign(new RangeError("too far", { cause: new Error("why") }), { code: 7 });
  }).exception();
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, "too far");
  assert.equal((error as Error & { code?: number }).code, 7);
  assert.match(error.stack ?? "", /<function>:\d+:\d+[^]*submit\.test/);
  const { cause } = error;
  assert.ok(cause instanceof ExecutionFailedError);
  assert.equal(cause.excinfo.name, "RangeError");
  assert.equal(cause.excinfo.cause?.message, "why");
  assert.ok(cause.cause instanceof Error);
  assert.equal(cause.cause.message, "why");
  await assert.rejects(pool.submit({ source: "nothing.there" }), ReferenceError);
  await assert.rejects(pool.submit({ source: "1 +" }), SyntaxError);
});

test("B386 B387 a thrown value that is no error fails the task with an ExecutionFailedError", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const thrower = (value: unknown) => {
    throw value;
  };
  for (const value of [0, undefined, null, "", false]) {
    const error = await pool.submit(thrower, value).exception();
    assert.ok(error instanceof ExecutionFailedError, String(value));
    assert.equal(error.excinfo.message, String(value));
  }
});

test("import() gives functions of a module, whose calls are tasks of the pool", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  interface Module {
    double(n: number): number;
    default(a: number, b: number): Promise<number>;
    readonly n: number;
  }
  const module = pool.import<Module>(new URL(MODULE));
  const { double } = module;
  const tasks = [double(1), module.double(2), module.default(3, 4)];
  assert.ok(tasks.every((task) => task instanceof Task));
  assert.deepEqual(await Promise.all(tasks), [2, 4, 7]);
  assert.equal(await Promise.resolve(module), module, "it is no promise");
  const { triple } = pool.import<{ triple(): void }>(MODULE);
  await assert.rejects(triple(), TypeError);
  // @ts-expect-error: an argument of another type.
  await double("1");
  // @ts-expect-error: no function.
  assert.equal(typeof module.n, "function");
  assert.throws(() => pool.import(5 as never), TypeError);
});

test("an interpreter uses a pool of the program by a function that the program offers", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const double = (n: number) => n * 2;
  await using interpreter = await create({
    functions: { double: (n: number) => pool.submit(double, n) },
  });
  const source = `import { host } from "subinterpreters"; await host.double(21)`;
  assert.equal(await interpreter.evaluate(source), 42);
  const making = `import { InterpreterPoolExecutor } from "subinterpreters";
    new InterpreterPoolExecutor()`;
  await assert.rejects(interpreter.run(making), /hand it over as a value or an argument/);
});

test("a task of a module that throws while it loads, or has no such function, fails", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const broken = "data:text/javascript,throw new RangeError('broken')";
  await assert.rejects(pool.submit({ module: broken }), /broken/);
  await assert.rejects(pool.submit({ module: MODULE, export: "triple" }), /no function "triple"/);
  await assert.rejects(pool.submit({ module: MODULE, export: "n" }), TypeError);
  await assert.rejects(
    pool.submit({ module: "data:text/javascript,export default () => () => {}" }),
    NotShareableError,
  );
});

test("a task of a module's generator fails, and is told what reads one", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const module = "data:text/javascript,export function* items() { yield 1 }";
  await assert.rejects(pool.submit({ module, export: "items" }), {
    name: "TypeError",
    message: /"items" of .* is a generator, .* read it with import\(\) of an interpreter/,
  });
});

test("a task has the arguments as they were when it was submitted", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const list = [1];
  const task = pool.submit((given: number[]) => given.length, list);
  list.push(2);
  assert.equal(await task, 1);
});

test("buffers move to the worker with transfer, and are detached at once", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [first, second] = [new ArrayBuffer(8), new ArrayBuffer(16)];
  const lengths = [
    pool.submit({
      fn: (buffer: ArrayBuffer) => buffer.byteLength,
      args: [first],
      transfer: [first],
    }),
    pool.submit({ source: "args[0].byteLength", args: [second], transfer: [second] }),
  ];
  assert.deepEqual([first.byteLength, second.byteLength], [0, 0]);
  assert.deepEqual(await Promise.all(lengths), [8, 16]);
  const wrong = pool.submit({ fn: () => 1, transfer: [new ArrayBuffer(1)] });
  assert.ok(await wrong.exception() instanceof Error);
});

test("a task that takes longer than its timeout fails alone", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const loops = pool.submit({
    fn: () => {
      for (;;);
    },
    timeout: 50,
  });
  const next = pool.submit(() => 1);
  const error = await loops.exception();
  assert.ok(error instanceof InterpreterTerminatedError);
  assert.equal(error.reason, "timeout");
  assert.equal(await next, 1);
});

test("B411 a task that waits can be cancelled, and never runs; one that runs cannot", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [runs, toRan] = createChannel<number>();
  const [go, toGo] = createChannel<number>();
  const first = pool.submit(
    (wait: typeof go, ran: typeof toRan) => {
      ran.sendNowait(1);
      return wait.recv();
    },
    go,
    toRan,
  );
  const second = pool.submit((to: typeof toRan) => to.sendNowait(2), toRan);
  assert.equal(await runs.recv(), 1);
  assert.equal(first.running(), true);
  assert.equal(first.cancel(), false);
  assert.deepEqual([second.running(), second.done()], [false, false]);
  assert.equal(second.cancel(), true);
  assert.equal(second.cancelled(), true);
  toGo.sendNowait(5);
  assert.equal(await first, 5);
  await pool.submit(() => 1);
  assert.equal(runs.recvNowait(), null);
  assert.equal(first.cancel(), false);
  assert.equal(pool.stats.cancelled, 1);
});

test("B408 a signal ends a task before, while and after it runs", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const reason = new Error("enough");
  const aborted = pool.submit({ fn: () => 1, signal: AbortSignal.abort(reason) });
  assert.equal(await aborted.exception(), reason);
  assert.equal(pool.size, 0, "it is not even sent");
  const [began, toBegan] = createChannel<number>();
  const running = new AbortController();
  const loops = pool.submit({
    fn: (to: typeof toBegan) => {
      to.sendNowait(1);
      for (;;);
    },
    args: [toBegan],
    signal: running.signal,
  });
  const waiting = new AbortController();
  const waits = pool.submit({ fn: () => 1, signal: waiting.signal });
  const last = pool.submit({ fn: () => 2, signal: waiting.signal, priority: 1 });
  await began.recv();
  running.abort(reason);
  assert.equal(await loops.exception(), reason);
  assert.equal(await last, 2);
  waiting.abort(reason);
  assert.equal(await last, 2);
  const end: unknown = await waits.catch((error) => error);
  assert.ok(end === 1 || end === reason);
});

test("tasks begin in order, those of a higher priority first", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [seen, toSeen] = createChannel<string>();
  const note = (name: string, to: typeof toSeen) => {
    to.sendNowait(name);
  };
  const priorities = [["a", 0], ["b", 1], ["c", 0], ["d", 5], ["e", -1], ["f", 1]] as const;
  // The first worker is not there yet, so all of them wait.
  await Promise.all(
    priorities.map(([name, priority]) => pool.submit({ fn: note, args: [name, toSeen], priority })),
  );
  assert.deepEqual(await seen.recvMany(), [
    "d",
    "b",
    "f",
    "a",
    "c",
    "e",
  ]);
});

test("a full queue refuses a task with a QueueFullError, unless it may wait", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1, maxQueue: 1 });
  const tasks = [1, 2, 3].map((n) => pool.submit((given: number) => given, n));
  const waits = pool.submit({ fn: () => 4, wait: true });
  assert.ok(await tasks[2]?.exception() instanceof QueueFullError);
  assert.deepEqual(await Promise.all([tasks[0], tasks[1], waits]), [1, 2, 4]);
  assert.equal(await pool.submit(() => 5), 5);
});

test("B417 a pool and its tasks show as text", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  assert.equal(String(pool), "InterpreterPoolExecutor(open, 0 workers, 0 queued)");
  const task = pool.submit(() => 1);
  assert.equal(String(pool), "InterpreterPoolExecutor(open, 1 worker, 1 queued)");
  assert.equal(String(task), "Task(pending)");
  await task;
  assert.equal(String(task), "Task(done)");
});

test("B375 B376 B418 a pool checks its options, and has a sensible number of workers", async () => {
  const make = (options: unknown) => () =>
    new InterpreterPoolExecutor(
      options as ConstructorParameters<typeof InterpreterPoolExecutor>[0],
    );
  const ranges = [{ maxWorkers: 0 }, { maxWorkers: -1 }, { maxWorkers: NaN }, { maxWorkers: 1.5 }]
    .concat([{ maxWorkers: Infinity }]);
  for (const options of ranges) assert.throws(make(options), RangeError);
  for (
    const options of [
      { minWorkers: -1 },
      { maxWorkers: 1, minWorkers: 2 },
      { maxQueue: -1 },
      { idleTimeout: -1 },
      { initializerTimeout: -1 },
      { recycleAfter: { tasks: 0 } },
      { recycleAfter: { heapMiB: 0 } },
      { limits: { memoryMiB: 1 } },
    ]
  ) {
    assert.throws(make(options), RangeError, JSON.stringify(options));
  }
  for (
    const options of [
      1,
      null,
      { maxWorkers: "1" },
      { minWorkers: null },
      { workers: 1 },
      { shared: {} },
      { initializer: 1 },
      { initializer: "1" },
      { initargs: 1 },
      { recycleAfter: 1 },
      { recycleAfter: { after: 1 } },
      { signal: AbortSignal.abort() },
      { name: 1 },
    ]
  ) {
    assert.throws(make(options), TypeError, JSON.stringify(options));
  }
  assert.throws(
    make({ workers: 1 }),
    /InterpreterPoolExecutor: there is no option "workers"; known are maxWorkers, .*limits/,
  );
  const pool = new InterpreterPoolExecutor();
  assert.ok(pool.maxWorkers >= 5 && pool.maxWorkers <= 32);
  assert.equal(pool.size, 0);
  await pool.shutdown();
  assert.throws(make({ idleTimeout: "1" }), /: idleTimeout must be a number of milliseconds/);
  assert.throws(make({ initializerTimeout: NaN }), /: initializerTimeout must be 0 or more/);
});

test("B407 the class of pools is there in the program and in every interpreter", async (t) => {
  const interpreter = await scoped(t);
  const source =
    `import { InterpreterPoolExecutor } from "subinterpreters"; typeof InterpreterPoolExecutor`;
  assert.equal(await interpreter.evaluate(source), typeof InterpreterPoolExecutor);
});
