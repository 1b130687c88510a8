// The module as teams, in the two ways that it offers, and the control: the
// runtime's own workers with `postMessage`.

import { readFileSync } from "node:fs";
import { create, createChannel, InterpreterPoolExecutor } from "subinterpreters";
import { bareWorker } from "../harness.ts";
import { beside, type Input, inTurn, type StartTeam, type Task, type Team } from "./team.ts";

const SOURCE = readFileSync(beside("tasks.mjs"), "utf8").replaceAll(
  "export function",
  "function",
);

/** Pairs answers with the calls that wait for them. */
function correspondence(): {
  readonly ask: (post: (id: number) => void) => Promise<unknown>;
  readonly answered: (answer: { readonly id: number; readonly value: unknown }) => void;
} {
  const waiting = new Map<number, (value: unknown) => void>();
  let ids = 0;
  return {
    ask: (post) =>
      new Promise((resolve) => {
        const id = ids++;
        waiting.set(id, resolve);
        post(id);
      }),
    answered: ({ id, value }) => {
      waiting.get(id)?.(value);
      waiting.delete(id);
    },
  };
}

function primitiveMember(): Team {
  const worker = bareWorker(beside("primitive_worker.mjs"));
  const { ask, answered } = correspondence();
  worker.listen((message) => answered(message as { id: number; value: unknown }));
  return {
    call: (task, input) => ask((id) => worker.post({ id, task, input })),
    stop: async () => await worker.terminate(),
  };
}

/** The control: bare workers, a message for each call and one for each answer. */
export const primitive: StartTeam = (threads) =>
  Promise.resolve(inTurn(Array.from({ length: threads }, primitiveMember)));

/** `evaluate()` of a text for each call; an interpreter that runs takes no other. */
export const evaluated: StartTeam = async (threads) => {
  const members = await Promise.all(
    Array.from({ length: threads }, async () => {
      const interpreter = await create();
      await interpreter.run(SOURCE);
      return { interpreter, last: Promise.resolve<unknown>(undefined) };
    }),
  );
  return inTurn(members.map((member) => ({
    call: (task: Task, input: Input) => {
      const { interpreter, last } = member;
      const text = `${task}(${JSON.stringify(input)})`;
      return member.last = last.then(() => interpreter.evaluate(text));
    },
    stop: () => member.interpreter.terminate(),
  })));
};

/** The tasks as a module that is imported into each interpreter. */
export const imported: StartTeam = async (threads) => {
  const members = await Promise.all(
    Array.from({ length: threads }, async () => {
      const interpreter = await create();
      const tasks = await interpreter.import<Record<Task, (input: Input) => unknown>>(
        beside("tasks.mjs"),
      );
      return { interpreter, tasks };
    }),
  );
  return inTurn(members.map(({ interpreter, tasks }) => ({
    call: (task: Task, input: Input) => tasks[task](input),
    stop: () => interpreter.terminate(),
  })));
};

/** One channel of calls for all interpreters, and one for the answers. */
export const channelled: StartTeam = async (threads) => {
  const [calls, toThem] = createChannel();
  const [fromThem, answers] = createChannel();
  const interpreters = await Promise.all(
    Array.from({ length: threads }, async () => {
      const interpreter = await create();
      await interpreter.run(SOURCE);
      return interpreter;
    }),
  );
  const serving = interpreters.map((interpreter) =>
    interpreter.run(
      `for await (const { id, task, input } of calls) {
         answers.sendNowait({ id, value: task === "add" ? add(input) : primes(input) });
       }`,
      { channels: { calls, answers } },
    )
  );
  const { ask, answered } = correspondence();
  const listening = (async () => {
    for await (const answer of fromThem) {
      answered(answer as { id: number; value: unknown });
    }
  })();
  return {
    call: (task, input) => ask((id) => toThem.sendNowait({ id, task, input })),
    stop: async () => {
      toThem.close();
      await Promise.all(serving);
      answers.close();
      await listening;
      await Promise.all(
        interpreters.map((interpreter) => interpreter.terminate()),
      );
    },
  };
};

interface Sum {
  readonly a: number;
  readonly b: number;
}

/** Of functions the text is sent, so these are written where they are used. */
const add = ({ a, b }: Sum): number => a + b;
export const primes = ({ limit }: { readonly limit: number }): number => {
  let count = 0;
  for (let n = 2; n < limit; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) count++;
  }
  return count;
};

/** `submit()` of a function to a pool of so many workers. */
export const submitted: StartTeam = (threads) => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: threads });
  return Promise.resolve({
    call: async (_: Task, input: Input) =>
      await ("limit" in input ? pool.submit(primes, input) : pool.submit(add, input)),
    stop: () => pool.shutdown(),
  });
};
