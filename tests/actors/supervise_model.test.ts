// A thousand ends of children at random, beside a small model of what Erlang's supervisor makes of
// each: who is there, who waits, who was started again, and when it gives up. The clock is simulated.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Restart, type Strategy, supervise } from "subinterpreters/actors";
import { createActor, SimulatedClock } from "xstate";
import { randomFrom, seeded } from "../helpers/seed.ts";
import { loggingChild } from "../helpers/supervised.ts";

const PERIOD_MS = 100;
/** How many ends of its children a tree has at most: a new one may have other rules. */
const LONGEST = 40;
const NAMES = ["a", "b", "c", "d"];
const RESTARTS: readonly Restart[] = ["permanent", "permanent", "transient", "temporary"];

interface Rules {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly restarts: readonly Restart[];
  readonly delayOf: (attempt: number) => number;
}

/** What is expected of a child: how often it was started, and whether it is there. */
interface Expected {
  starts: number;
  state: "there" | "down" | "over";
  attempt: number;
  startedMs: number;
  dueMs: number;
}

/** The model: it knows nothing of actors, and acts at once. */
class Model {
  readonly children: readonly Expected[] = NAMES.map(() => ({
    ...{ starts: 1, state: "there", attempt: 0, startedMs: 0, dueMs: 0 } as const,
  }));
  hasGivenUp = false;
  #recent: number[] = [];
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** What is due by now is started. */
  tick(nowMs: number): void {
    for (const child of this.children) {
      if (child.state !== "down" || child.dueMs > nowMs) continue;
      child.state = "there";
      child.starts++;
      child.startedMs = nowMs;
    }
  }

  end(at: number, isFailure: boolean, nowMs: number): void {
    const { strategy, intensity, restarts, delayOf } = this.#rules;
    const child = this.children[at]!;
    child.state = "over";
    if (restarts[at] === "temporary" || (restarts[at] === "transient" && !isFailure)) return;
    this.#recent = [...this.#recent.filter((ms) => ms + PERIOD_MS >= nowMs), nowMs];
    if (this.#recent.length > intensity) {
      this.hasGivenUp = true;
      for (const one of this.children) one.state = "over";
      return;
    }
    child.state = "down";
    child.attempt = nowMs - child.startedMs >= PERIOD_MS ? 1 : child.attempt + 1;
    const dueMs = nowMs + delayOf(child.attempt);
    const [from, to] = strategy === "one_for_one"
      ? [at, at + 1]
      : [strategy === "one_for_all" ? 0 : at, NAMES.length];
    for (const [n, one] of this.children.entries()) {
      if (n < from || n >= to) continue;
      // A temporary one that ends with others does not come back. A transient one does, even if it
      // had ended before.
      const isLast = restarts[n] === "temporary" && one.state !== "down";
      if (one.state !== "over" || restarts[n] === "transient") one.state = isLast ? "over" : "down";
    }
    // A group is started together, as late as its last delay says.
    for (const one of strategy === "one_for_one" ? [child] : this.children) {
      if (one.state === "down") one.dueMs = dueMs;
    }
    this.tick(nowMs);
  }
}

/** A supervisor and its model, side by side. */
function tree(rules: Rules) {
  const log: string[] = [];
  const clock = new SimulatedClock();
  const { strategy, intensity, restarts, delayOf: backoff } = rules;
  const children = NAMES.map((id, at) => ({
    ...{ id, systemId: id, restart: restarts[at]!, src: loggingChild(id, log) },
  }));
  const supervisor = createActor(
    supervise({ strategy, intensity, period: PERIOD_MS, backoff, children }),
    { clock },
  ).start();
  const model = new Model(rules);
  const compare = () => {
    const seen = NAMES.map((id) => {
      const present = supervisor.system.get(id);
      assert.equal(present?.getSnapshot().status ?? "active", "active");
      const known = supervisor.getSnapshot().context.children.get(id)!;
      assert.equal(known.actor, present);
      const starts = log.filter((entry) => entry === `+${id}`).length;
      const ends = log.filter((entry) => entry === `-${id}`).length;
      assert.equal(starts - ends, present === undefined ? 0 : 1, `${id} is there once or not`);
      return { starts, isThere: present !== undefined, isOver: known.phase === "over" };
    });
    const expected = model.children.map(({ starts, state }) => ({
      ...{ starts, isThere: state === "there", isOver: state === "over" },
    }));
    assert.deepEqual(seen, expected, JSON.stringify(rules));
    const { value, output } = supervisor.getSnapshot();
    const isDown = model.children.some(({ state }) => state === "down");
    assert.equal(value, model.hasGivenUp ? "gaveUp" : isDown ? "restarting" : "running");
    assert.equal(output?.reason, model.hasGivenUp ? "gave up" : undefined);
    return model.children.flatMap(({ state }, at) => state === "there" ? [at] : []);
  };
  return { supervisor, clock, model, compare };
}

for (const strategy of ["one_for_one", "one_for_all", "rest_for_one"] as const) {
  test(`supervise() with ${strategy} is as its model after each of 1,000 ends at random`, () => {
    const { seed, numRuns } = seeded({ numRuns: 1_000 });
    const random = randomFrom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    let left = numRuns;
    let trees = 0;
    while (left > 0) {
      const step = [0, 10, 25][below(3)]!;
      const { supervisor, clock, model, compare } = tree({
        strategy,
        intensity: below(6),
        restarts: NAMES.map(() => RESTARTS[below(RESTARTS.length)]!),
        delayOf: (attempt) => step * Math.min(attempt, 3),
      });
      trees++;
      const last = Math.max(0, left - LONGEST);
      while (left > last && model.children.some(({ state }) => state !== "over")) {
        // In steps of five, so that the end of a period and of a delay are met exactly, too.
        clock.increment(5 * below(14));
        model.tick(clock.now());
        const able = compare();
        const at = able[below(able.length)];
        if (at === undefined) continue;
        const isFailure = random() < 0.7;
        const order = isFailure
          ? { type: "FAIL", error: new Error("flaky") } as const
          : { type: "FINISH" } as const;
        supervisor.system.get(NAMES[at]!).send(order);
        model.end(at, isFailure, clock.now());
        left--;
      }
      supervisor.stop();
    }
    assert.ok(trees > 10, `${trees}`);
  });
}
