// When a lane reads its answers: every order of what can happen to it is walked through.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ReadEnd, Reading } from "subinterpreters/src/api/lane_reading.ts";

/** What can happen; each is one step of a walk. */
const EVENTS = [
  "a call is made",
  "a call is made in the middle of the next read",
  "the next read takes long",
  "an answer arrives",
  "an answer arrives as soon as the next wait begins",
  "a turn of the event loop",
  "the lane ends",
  "the lane ends in the middle of the next read",
] as const;
type Event = (typeof EVENTS)[number];

/** Every walk has so many steps. */
const STEPS = 4;

/** A lane that has a caller and answers, and nothing else. */
class Model {
  readonly reading: Reading = new Reading({
    read: () => this.#read(),
    wait: (arrived) => this.#wait(arrived),
  });
  readonly faults: string[] = [];
  /** Calls without an answer. */
  pending = 0;
  #isOver = false;
  #isReading = false;
  #arrive: ((look: () => void) => void) | undefined;
  #unseen = 0;
  #callsInRead = 0;
  #isLate = false;
  #isAnsweredAtOnce = false;
  #endsInRead = false;

  get isWaiting(): boolean {
    return this.#arrive !== undefined;
  }

  async happen(event: Event): Promise<void> {
    switch (event) {
      case "a call is made":
        this.#call();
        return;
      case "a call is made in the middle of the next read":
        this.#callsInRead++;
        return;
      case "the next read takes long":
        this.#isLate = true;
        return;
      case "an answer arrives":
        this.#answer();
        return;
      case "an answer arrives as soon as the next wait begins":
        this.#isAnsweredAtOnce = true;
        return;
      case "a turn of the event loop":
        await this.settle();
        return;
      case "the lane ends":
        this.#end();
        return;
      case "the lane ends in the middle of the next read":
        this.#endsInRead = true;
        return;
    }
  }

  /** A read that is due comes soon, or in a later turn if it has taken long. */
  async settle(): Promise<void> {
    do await new Promise((go) => setImmediate(go)); while (this.reading.state === "due");
  }

  /** Whatever has happened, nobody waits in vain, and nothing that has come is lost. */
  check(): void {
    const { state } = this.reading;
    const expected = this.#isOver ? "over" : this.pending > 0 ? "waiting" : "still";
    if (state !== expected) this.faults.push(`${state} instead of ${expected}`);
    if (this.isWaiting !== (expected === "waiting")) {
      this.faults.push("the wait is not as the state");
    }
    if (this.#unseen > 0) this.faults.push(`${this.#unseen} answers that nobody has looked at`);
  }

  #call(): void {
    if (this.#isOver) return;
    this.pending++;
    this.reading.need();
  }

  #answer(): void {
    const arrive = this.#arrive;
    if (arrive === undefined || this.pending === 0) return;
    this.#arrive = undefined;
    this.#unseen++;
    arrive(() => {
      this.#unseen--;
      this.pending--;
    });
  }

  #read(): ReadEnd {
    if (this.#isReading) this.faults.push("two reads at once");
    if (this.isWaiting) this.faults.push("a read beside a wait");
    if (this.#isOver) this.faults.push("a read after the end");
    this.#isReading = true;
    this.reading.lookAtArrived();
    for (; this.#callsInRead > 0; this.#callsInRead--) this.#call();
    if (this.#endsInRead) this.#end();
    this.#isReading = false;
    if (this.#isLate) {
      this.#isLate = false;
      return "late";
    }
    return this.pending > 0 ? "wait" : "rest";
  }

  #wait(arrived: (look: () => void) => void): () => boolean {
    if (this.isWaiting) this.faults.push("two waits at once");
    this.#arrive = arrived;
    if (this.#isAnsweredAtOnce) {
      this.#isAnsweredAtOnce = false;
      this.#answer();
    }
    return () => {
      const wasWaiting = this.isWaiting;
      this.#arrive = undefined;
      return wasWaiting;
    };
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.reading.end();
    this.reading.lookAtArrived();
  }
}

function* walks(length: number): Generator<Event[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const walk of walks(length - 1)) for (const event of EVENTS) yield [...walk, event];
}

test("a lane never waits twice at once, and loses no answer, whatever happens in which order", async () => {
  const models = await Promise.all(
    [...walks(STEPS)].map(async (walk) => {
      const model = new Model();
      for (const event of ["a call is made", ...walk] as const) await model.happen(event);
      await model.settle();
      model.check();
      return { walk, faults: model.faults };
    }),
  );
  assert.equal(models.length, EVENTS.length ** STEPS);
  assert.deepEqual(models.find(({ faults }) => faults.length > 0), undefined);
});

test("a lane that fails reads no more, in every state", async () => {
  for (const walk of walks(3)) {
    const model = new Model();
    for (const event of walk) await model.happen(event);
    model.reading.fail();
    assert.equal(model.reading.state, "over");
    model.reading.need();
    assert.equal(model.reading.state, "over");
  }
});
