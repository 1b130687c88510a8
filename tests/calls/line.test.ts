// Calls without a run: what a line carries, in which order calls begin, which of them can be
// taken back, and what becomes of them when their interpreter ends.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  createChannel,
  getCurrent,
  type Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  listAllChannels,
  NotShareableError,
  RecvChannel,
  RunFailedError,
} from "subinterpreters";
import { functionTarget, lineTo, type PostedCall } from "subinterpreters/src/api/line.ts";
import { type LaneEnds, realm } from "subinterpreters/src/api/realm.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();
const timeout = 30_000;

type AnyFunction = (...args: never[]) => unknown;

interface Sent extends PostedCall {
  readonly end: Promise<unknown>;
}

/** Sends a call; its end is a promise that nobody has to await. */
function send(
  interpreter: Interpreter,
  fn: AnyFunction | string,
  { args = [], inTurn = false }: { args?: readonly unknown[]; inTurn?: boolean } = {},
): Sent {
  const target = functionTarget(String(fn), "<task>");
  let succeed: (value: unknown) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const end = new Promise((resolve, reject) => {
    succeed = resolve;
    fail = reject;
  });
  const posted = lineTo(interpreter.id).post({ target, args, inTurn }, { succeed, fail });
  end.catch(() => {});
  return { ...methodsOf(posted), end };
}

function methodsOf(call: PostedCall): PostedCall {
  return {
    returned: call.returned,
    withdraw: () => call.withdraw(),
    hasBegun: () => call.hasBegun(),
    abandon: () => call.abandon(),
    hold: () => call.hold(),
    rest: () => call.rest(),
    pull: (credit) => call.pull(credit),
    leave: (value) => call.leave(value),
    raise: (error) => call.raise(error),
  };
}

/** The channels of the lanes that are opened from now on. */
function watchLanes(t: TestContext): LaneEnds[] {
  const side = realm();
  const seen: LaneEnds[] = [];
  const open = side.openLane.bind(side);
  side.openLane = (...given) => {
    const ends = open(...given);
    seen.push(ends);
    return ends;
  };
  t.after(() => {
    side.openLane = open;
  });
  return seen;
}

for (const inTurn of [false, true]) {
  const kind = inTurn ? "in turn" : "interleaved";

  test(`line post() calls functions and gives copies of their results, ${kind}`, async () => {
    const interpreter = await shared();
    const options = (...args: unknown[]) => ({ args, inTurn });
    const sum = (a: number, b: number) => a + b;
    assert.equal(await send(interpreter, sum, options(2, 3)).end, 5);
    assert.equal(await send(interpreter, (a: number) => Promise.resolve(a), options(7)).end, 7);
    assert.equal(await send(interpreter, () => {}, options()).end, undefined);
    const given = { list: [1], map: new Map([["a", new Date(5)]]) };
    const given2 = await send(interpreter, (same: unknown) => same, options(given)).end;
    assert.deepEqual(given2, given);
    assert.notEqual(given2, given);
    assert.equal(interpreter.isRunning(), false);
  });

  test(`line post() carries handles and shared memory both ways, ${kind}`, async () => {
    const interpreter = await shared();
    const [recv, sender] = createChannel();
    const words = new Int32Array(new SharedArrayBuffer(4));
    const back = await send(interpreter, (end: typeof sender, memory: Int32Array) => {
      memory[0] = 5;
      end.sendNowait("hello");
      return [end, memory];
    }, { args: [sender, words], inTurn }).end;
    assert.equal(recv.recvNowait(), "hello");
    assert.ok(Array.isArray(back) && sender.equals(back[0]));
    (back[1] as Int32Array)[0] = 6;
    assert.equal(words[0], 6);
  });

  test(`line post() rejects with what the function threw, at its place in the text, ${kind}`, async () => {
    const interpreter = await shared();
    const text = `() => {\n  throw new RangeError("too far", { cause: new TypeError("why") });\n}`;
    const error = await send(interpreter, text, { inTurn }).end.catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RunFailedError);
    assert.equal(error.excinfo.name, "RangeError");
    assert.match(error.excinfo.stack ?? "", /<task>:2:\d+/);
    assert.doesNotMatch(error.excinfo.stack ?? "", /guest|service/);
    assert.ok(error.cause instanceof RangeError && error.cause.cause instanceof TypeError);
    const rejected = send(interpreter, () => Promise.reject(new Error("later")), { inTurn }).end;
    await assert.rejects(rejected, /later/);
  });

  test(`line post() refuses what nobody could receive, ${kind}`, { timeout }, async () => {
    const interpreter = await shared();
    const tooLong = new RegExp("a".repeat(40_000));
    assert.throws(
      () => send(interpreter, (same: unknown) => same, { args: [tooLong], inTurn }),
      NotShareableError,
    );
    const make = () => new RegExp("a".repeat(40_000));
    await assert.rejects(send(interpreter, make, { inTurn }).end, NotShareableError);
    assert.equal(await send(interpreter, () => 1, { inTurn }).end, 1);
  });

  test(`line post() rejects with whatever is thrown, even a proxy, ${kind}`, {
    timeout,
  }, async () => {
    const interpreter = await shared();
    const throwing = `() => {
      const refuse = () => { throw 1; };
      throw new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
    }`;
    await assert.rejects(send(interpreter, throwing, { inTurn }).end, RunFailedError);
  });

  test(`line post() refuses what cannot cross by its path, and goes on, ${kind}`, async () => {
    const interpreter = await shared();
    const echo = (same: unknown) => same;
    assert.throws(
      () => send(interpreter, echo, { args: [1, { fn() {} }], inTurn }),
      (error) => error instanceof NotShareableError && /\$\[1\]\.fn/.test(error.message),
    );
    const bad = send(interpreter, () => ({ a: [() => 1] }), { inTurn }).end;
    await assert.rejects(
      bad,
      (error) => error instanceof NotShareableError && /\$\.a\[0\]/.test(error.message),
    );
    assert.equal(await send(interpreter, echo, { args: ["on"], inTurn }).end, "on");
  });
}

test("line post() begins interleaved calls at once, and those in turn one after the other", async () => {
  const interpreter = await shared();
  const first = send(interpreter, () => new Promise((go) => Reflect.set(globalThis, "meet", go)));
  const second = send(interpreter, () => Reflect.get(globalThis, "meet")("met"));
  assert.deepEqual(await Promise.all([first.end, second.end]), ["met", undefined]);
  await interpreter.run("globalThis.log = []");
  const task = (n: number) => {
    const log: string[] = Reflect.get(globalThis, "log");
    log.push(`begin ${n}`);
    return new Promise((done) => setTimeout(done, 1)).then(() => log.push(`end ${n}`));
  };
  const both = [1, 2].map((n) => send(interpreter, task, { args: [n], inTurn: true }).end);
  await Promise.all(both);
  assert.deepEqual(await interpreter.evaluate("log"), ["begin 1", "end 1", "begin 2", "end 2"]);
});

test("line post() works while a run is in progress", async () => {
  const interpreter = await shared();
  const run = interpreter.run("await new Promise((go) => globalThis.go = go)");
  const call = send(interpreter, async () => {
    while (!("go" in globalThis)) await new Promise((turn) => setTimeout(turn, 0));
    Reflect.apply(Reflect.get(globalThis, "go"), undefined, []);
    return 1;
  });
  await run;
  assert.equal(await call.end, 1);
});

test("line withdraw() takes back a call in turn that has not begun, which never runs", async () => {
  const interpreter = await shared();
  await interpreter.run("globalThis.ran = []");
  const [recv, begun] = createChannel();
  const first = send(interpreter, (end: typeof begun) => {
    end.sendNowait(1);
    return new Promise((go) => Reflect.set(globalThis, "finish", go));
  }, { args: [begun], inTurn: true });
  await recv.recv();
  const note = (n: number) => Reflect.get(globalThis, "ran").push(n);
  const second = send(interpreter, note, { args: [2], inTurn: true });
  const third = send(interpreter, note, { args: [3], inTurn: true });
  assert.deepEqual([first.hasBegun(), second.hasBegun()], [true, false]);
  assert.deepEqual([first.withdraw(), second.withdraw(), second.withdraw()], [false, true, false]);
  await interpreter.run("finish()");
  await third.end;
  assert.deepEqual(await interpreter.evaluate("ran"), [3]);
  assert.deepEqual([first.hasBegun(), second.hasBegun(), third.hasBegun()], [true, false, true]);
});

test("line abandon() lets a call go on, of whose end nobody hears", async () => {
  const interpreter = await shared();
  const call = send(interpreter, () => 1);
  call.abandon();
  assert.equal(await send(interpreter, () => 2).end, 2);
  assert.equal(call.withdraw(), false);
  const end = await Promise.race([call.end, Promise.resolve("nothing")]);
  assert.equal(end, "nothing");
});

test("line calls fail with the error of their interpreter's end, and know which had begun", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t);
  const [recv, begun] = createChannel();
  const stuck = send(interpreter, (end: typeof begun) => {
    end.sendNowait(1);
    for (;;);
  }, { args: [begun], inTurn: true });
  const waiting = send(interpreter, () => 1, { inTurn: true });
  await recv.recv();
  await interpreter.terminate("enough");
  for (const call of [stuck, waiting]) {
    await assert.rejects(
      call.end,
      (error) => error instanceof InterpreterTerminatedError && error.reason === "enough",
    );
  }
  assert.deepEqual([stuck.hasBegun(), waiting.hasBegun()], [true, false]);
  assert.throws(() => send(interpreter, () => 1), InterpreterNotFoundError);
});

test(
  "line calls are answered first if their interpreter closes behind the answer",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t);
    await send(interpreter, () => 0).end;
    const calls = Array.from(
      { length: 20 },
      (_, n) => send(interpreter, (same) => same, { args: [n] }),
    );
    const last = send(interpreter, () => {
      setTimeout(() => process.exit(3), 0);
      return "bye";
    });
    const never = send(interpreter, () => new Promise(() => {}));
    assert.deepEqual(await Promise.all(calls.map(({ end }) => end)), calls.map((_, n) => n));
    assert.equal(await last.end, "bye");
    await assert.rejects(
      never.end,
      (error) => error instanceof InterpreterTerminatedError && error.exitCode === 3,
    );
  },
);

test("line post() refuses the main interpreter, closures and what is no function", async () => {
  const interpreter = await shared();
  assert.throws(() => send(getCurrent(), () => 1), InterpreterError);
  const closure = send(interpreter, "(n) => n + outside").end;
  await assert.rejects(
    closure,
    (error) => error instanceof TypeError && /outside/.test(error.message),
  );
  assert.throws(() => send(interpreter, "class A {}"), /class/);
  assert.throws(() => send(interpreter, "(() => 1"), TypeError);
});

test("line post() refuses arguments and results above limits.messageBytes", async (t) => {
  const interpreter = await scoped(t, { limits: { messageBytes: 1000 } });
  await assert.rejects(
    send(interpreter, () => "x".repeat(2000)).end,
    (error) => error instanceof RangeError && /limit is 1000/.test(error.message),
  );
  assert.equal(await send(interpreter, () => "short").end, "short");
});

test("line post() sends a text once, and more functions than it keeps", async (t) => {
  const lanes = watchLanes(t);
  const interpreter = await scoped(t);
  const same = send(interpreter, () => 1);
  const [lane] = lanes;
  assert.ok(lane !== undefined);
  const sent: unknown[] = [];
  const { calls } = lane;
  const post = calls.post.bind(calls);
  calls.post = (item) => {
    sent.push(item);
    return post(item);
  };
  await same.end;
  await send(interpreter, () => 1).end;
  assert.equal(sent.length, 1);
  const texts = Array.from({ length: 600 }, (_, n) => `() => ${n}`);
  const ends = texts.map((text) => send(interpreter, text).end);
  assert.deepEqual(await Promise.all(ends), texts.map((_, n) => n));
  assert.equal(await send(interpreter, () => 1).end, 1);
});

test("line post() calls a function that is compiled off the event loop", { timeout }, async () => {
  const interpreter = await shared();
  const text = `() => { const list = [${
    "{ a: (1), b: [2, 3] },".repeat(2_000)
  }]; return list.length; }`;
  const long = send(interpreter, text);
  assert.equal(await send(interpreter, () => 1).end, 1);
  assert.equal(await long.end, 2_000);
  const wrong = send(interpreter, `${text} )`);
  await assert.rejects(wrong.end, TypeError);
});

test(
  "line answers that nobody asked for, or of no known shape, settle nothing",
  { timeout },
  async (t) => {
    const lanes = watchLanes(t);
    const interpreter = await scoped(t);
    const call = send(interpreter, () => new Promise((go) => Reflect.set(globalThis, "go", go)));
    const forge = lanes[0]?.answers;
    assert.ok(forge !== undefined);
    const forged: unknown[] = [null, 7, "x", [], [1], [1, 99, 1], ["1", 0, 1], [77, 0, 1], [{}, 1]];
    for (const item of [...forged, { 0: 1, 1: 0 }, [1, 3, "no list"], [2 ** 60, 1, null]]) {
      forge.post(item);
    }
    await send(interpreter, () => Reflect.get(globalThis, "go")("real")).end;
    assert.equal(await call.end, "real");
    const thrown = send(interpreter, () => new Promise(() => {}));
    forge.post([3, 1, { name: 5, stack: {}, cause: [] }]);
    await assert.rejects(thrown.end, RunFailedError);
    const refused = send(interpreter, () => new Promise(() => {}));
    forge.post([4, 2, "NoSuchError", 5]);
    await assert.rejects(refused.end, NotShareableError);
  },
);

test("line channels are in no list, and no handle reaches them", async () => {
  const interpreter = await shared();
  const before = listAllChannels().length;
  await send(interpreter, () => 1).end;
  assert.equal(listAllChannels().length, before);
  await assert.rejects(
    interpreter.run(
      `import { RecvChannel } from "subinterpreters"; new RecvChannel(-1).recvNowait();`,
    ),
    /negative|at least 0|RangeError/,
  );
  assert.throws(() => new RecvChannel(-1), RangeError);
});

test(
  "line calls are answered by an interpreter whose source has spoiled its realm",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t);
    await interpreter.run(`
    const bad = function () { throw new TypeError("spoiled"); };
    Promise.prototype.then = bad;
    Map.prototype.get = bad;
    globalThis.queueMicrotask = globalThis.setImmediate = bad;
    globalThis.performance = globalThis.Promise = null;
  `);
    assert.equal(await send(interpreter, (a: number) => a + 1, { args: [1] }).end, 2);
    assert.equal(await send(interpreter, async () => 3).end, 3);
  },
);

test("line calls leave timers and other lanes their turn", { timeout }, async () => {
  const interpreter = await shared();
  let isOver = false;
  const flood = (async () => {
    while (!isOver) {
      await Promise.all([1, 2, 3].map((n) => send(interpreter, (same) => same, { args: [n] }).end));
    }
  })();
  await interpreter.run("await new Promise((go) => setTimeout(go, 20))");
  await new Promise((go) => setTimeout(go, 20));
  isOver = true;
  await flood;
});
