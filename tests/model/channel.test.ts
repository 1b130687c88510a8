// Random sequences of channel operations by the host and two interpreters, against
// a plain model of what DESIGN's channels promise. Which of several waiting
// receivers gets an item is left open; everything else is exact.

import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createChannel,
  type Interpreter,
  type RecvChannel,
  type SendChannel,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { seeded } from "../helpers/seed.ts";
import { until } from "../helpers/until.ts";

type Operation =
  | "sendNowait"
  | "recvNowait"
  | "send"
  | "recv"
  | "abortSend"
  | "abortRecv"
  | "closeSend"
  | "closeRecv"
  | "closeForce";
type Step = readonly [party: number, operation: Operation];
/** What became of a wait: its key, then the item, `"sent"`, or the name of an error. */
type Ending = readonly [key: number, result: number | string];

/** One party's operations; the same text runs in the host and in interpreters. */
const PARTY = `({
  settled: [],
  controllers: new Map(),
  now(operation, value) {
    try {
      switch (operation) {
        case "sendNowait": return send.sendNowait(value);
        case "recvNowait": return recv.recvNowait();
        case "closeSend": return send.close() ?? "closed";
        case "closeRecv": return recv.close() ?? "closed";
        case "closeForce": return recv.close({ force: true }) ?? "closed";
      }
    } catch (error) { return error.name }
  },
  start(key, kind, value) {
    const controller = new AbortController();
    this.controllers.set(key, controller);
    const { signal } = controller;
    const waiting = kind === "send" ? send.send(value, { signal }) : recv.recv({ signal });
    waiting.then(
      (item) => this.settled.push([key, kind === "send" ? "sent" : item]),
      (error) => this.settled.push([key, error.name]),
    );
    return null;
  },
  abort(key) { this.controllers.get(key).abort(); return null },
  endings() { return this.settled.splice(0) },
})`;

interface Party {
  call(method: string, ...args: (string | number)[]): Promise<unknown>;
}

interface LocalParty {
  readonly [method: string]: (...args: (string | number)[]) => unknown;
}

function hostParty(recv: RecvChannel, send: SendChannel): Party {
  const party = new Function("recv", "send", `return ${PARTY}`)(recv, send) as LocalParty;
  return { call: (method, ...args) => Promise.resolve(party[method]?.(...args)) };
}

async function guestParty(
  interpreter: Interpreter,
  channels: { recv: RecvChannel; send: SendChannel },
): Promise<Party> {
  await interpreter.run(`var party = ${PARTY}`, { channels });
  return {
    call: (method, ...args) =>
      interpreter.evaluate(`party.${method}(${args.map((arg) => JSON.stringify(arg)).join()})`),
  };
}

interface Wait {
  readonly key: number;
  readonly party: number;
}

/** The promise: a queue, who waits to receive, who waits to be received, and how far it is closed. */
class Model {
  state: "open" | "closing" | "closed" = "open";
  readonly queue: { readonly value: number; readonly key: number | undefined }[] = [];
  receivers: Wait[] = [];
  /** Endings that must come, by what they say; receivers' keys are left open. */
  readonly sent: Wait[] = [];
  readonly received: number[] = [];
  readonly closedKeys: Wait[] = [];
  senders: Wait[] = [];

  enqueue(value: number, key: number | undefined): void {
    this.queue.push({ value, key });
    this.#match();
  }

  take(): number | null {
    const head = this.queue.shift();
    if (head === undefined) return null;
    this.#wasReceived(head.key);
    // Nobody waits then: receivers do not while there is an item, nor senders without.
    if (this.state === "closing" && this.queue.length === 0) this.state = "closed";
    return head.value;
  }

  close(): void {
    this.state = "closed";
    this.closedKeys.push(...this.receivers, ...this.senders);
    this.receivers = [];
    this.senders = [];
    this.queue.length = 0;
  }

  #match(): void {
    while (this.receivers.length > this.received.length && this.queue.length > 0) {
      const head = this.queue.shift();
      if (head === undefined) break;
      this.received.push(head.value);
      this.#wasReceived(head.key);
    }
  }

  #wasReceived(key: number | undefined): void {
    const index = this.senders.findIndex((sender) => sender.key === key);
    if (key === undefined || index < 0) return;
    this.sent.push(...this.senders.splice(index, 1));
  }
}

/** Runs the steps against a fresh channel and compares after each. */
async function check(parties: readonly Party[], steps: readonly Step[]): Promise<void> {
  const model = new Model();
  let nextKey = 1;
  for (const [index, operation] of steps) {
    const party = parties[index];
    assert.ok(party !== undefined);
    const key = nextKey++;
    const closed = model.state === "closed";
    switch (operation) {
      case "sendNowait": {
        const expected = model.state !== "open" ? "ChannelClosedError" : model.receivers.length > 0;
        assert.equal(await party.call("now", operation, key), expected, operation);
        if (model.state === "open") model.enqueue(key, undefined);
        break;
      }
      case "recvNowait":
        assert.equal(
          await party.call("now", operation, key),
          closed ? "ChannelClosedError" : model.take(),
          operation,
        );
        break;
      case "send":
        await party.call("start", key, "send", key);
        if (model.state !== "open") model.closedKeys.push({ key, party: index });
        else {
          model.senders.push({ key, party: index });
          model.enqueue(key, key);
        }
        break;
      case "recv":
        await party.call("start", key, "recv", key);
        model.receivers.push({ key, party: index });
        if (closed) model.close();
        else if (model.queue.length > 0) model.received.push(model.take() ?? NaN);
        break;
      case "abortSend": {
        const sender = model.senders.shift();
        if (sender === undefined) break;
        await parties[sender.party]?.call("abort", sender.key);
        model.queue.splice(model.queue.findIndex((item) => item.key === sender.key), 1);
        await expectEndings(parties, [[sender.key, "AbortError"]]);
        if (model.state === "closing" && model.queue.length === 0) model.close();
        break;
      }
      case "abortRecv": {
        const receiver = model.receivers.shift();
        if (receiver === undefined) break;
        await parties[receiver.party]?.call("abort", receiver.key);
        await expectEndings(parties, [[receiver.key, "AbortError"]]);
        break;
      }
      case "closeSend":
      case "closeRecv":
      case "closeForce": {
        const expected = closed || (operation === "closeSend" && model.state === "closing")
          ? "ChannelClosedError"
          : operation === "closeRecv" && model.queue.length > 0
          ? "ChannelNotEmptyError"
          : "closed";
        assert.equal(await party.call("now", operation, 0), expected, operation);
        if (expected !== "closed") break;
        if (operation === "closeSend" && model.queue.length > 0) model.state = "closing";
        else model.close();
      }
    }
    await settle(parties, model);
  }
}

function byText(a: unknown, b: unknown): number {
  return String(a).localeCompare(String(b));
}

/** Waits for the endings that the model expects, and compares them. */
async function settle(parties: readonly Party[], model: Model): Promise<void> {
  const expected = model.sent.length + model.received.length + model.closedKeys.length;
  const endings = await collect(parties, expected);
  const waiting = new Set(model.receivers.map(({ key }) => key));
  const values = endings.filter(([key]) => waiting.has(key)).map(([, result]) => result);
  assert.deepEqual(
    values.toSorted(byText),
    model.received.toSorted(byText),
    "items received by those who wait",
  );
  const others = endings.filter(([key]) => !waiting.has(key));
  const due = [
    ...model.sent.map(({ key }): Ending => [key, "sent"]),
    ...model.closedKeys.map(({ key }): Ending => [key, "ChannelClosedError"]),
  ];
  assert.deepEqual(byKey(others), byKey(due), "other waits that end");
  const ended = new Set(endings.map(([key]) => key));
  model.receivers = model.receivers.filter(({ key }) => !ended.has(key));
  model.sent.length = model.received.length = model.closedKeys.length = 0;
}

async function expectEndings(parties: readonly Party[], due: readonly Ending[]): Promise<void> {
  assert.deepEqual(await collect(parties, due.length), due);
}

async function collect(parties: readonly Party[], count: number): Promise<Ending[]> {
  const endings: Ending[] = [];
  await until(async () => {
    for (const party of parties) endings.push(...await party.call("endings") as Ending[]);
    return endings.length >= count;
  }, { what: `${count} waits end` });
  return endings;
}

function byKey(endings: readonly Ending[]): Ending[] {
  return endings.toSorted(([a], [b]) => a - b);
}

const OPERATIONS: readonly Operation[] = [
  ...(["sendNowait", "recvNowait", "send", "recv"] as const).flatMap((
    name,
  ) => [name, name, name, name]),
  "abortSend",
  "abortRecv",
  "closeSend",
  "closeRecv",
  "closeForce",
];

test(
  "B303 channels do what the model says, whatever the operations",
  { timeout: 120_000 },
  async (t) => {
    const guests = [await scoped(t), await scoped(t)];
    const step = fc.tuple(fc.nat(2), fc.constantFrom(...OPERATIONS));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const [recv, send] = createChannel();
        const parties = [
          hostParty(recv, send),
          ...await Promise.all(guests.map((guest) => guestParty(guest, { recv, send }))),
        ];
        try {
          await check(parties, steps);
        } finally {
          if (!recv.isClosed) recv.close({ force: true });
        }
      }),
      seeded({ numRuns: 60 }),
    );
  },
);
