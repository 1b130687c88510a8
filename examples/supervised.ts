// Flaky source under a supervisor, as Erlang has it: what fails comes back, and what waits in its
// channels is still there.
//
//   deno run -A examples/supervised.ts · bun examples/supervised.ts · npx tsx examples/supervised.ts
//
// Two interpreters take jobs from one channel. Some jobs make them throw, exit or loop for ever. A
// watchdog ends whoever takes too long. The supervisor starts each of them again, and prints what
// happens. Then a second supervisor has a child that always fails, and gives up on it.

import { createChannel, listAll } from "subinterpreters";
import { supervise, type SuperviseOptions, type SupervisionActorRef } from "subinterpreters/actors";
import { createActor, toPromise } from "xstate";

/** What a worker tells: that it has begun a job, or that it is done with it. */
interface Progress {
  readonly id: number;
  readonly job: string;
  readonly isDone: boolean;
}

const JOBS = ["job 1", "throw", "job 2", "job 3", "exit", "loop", "job 4", "throw", "job 5"];
const LONGEST_MS = 500;

const WORKER = `
  import { getCurrent } from "subinterpreters";
  const { id } = getCurrent();
  for await (const job of jobs) {
    progress.sendNowait({ id, job, isDone: false });
    if (job === "throw") throw new Error("a bug");
    if (job === "exit") process.exit(3);
    while (job === "loop");
    progress.sendNowait({ id, job, isDone: true });
  }
`;

/** Starts a supervisor that prints what happens to its children. */
function start(options: SuperviseOptions): SupervisionActorRef {
  const supervisor = createActor(supervise(options));
  supervisor.on("up", ({ child, restarts }) => console.log(`${child}: up, restarts: ${restarts}`));
  supervisor.on("ended", ({ child, reason }) => console.log(`${child}: ended, ${reason}`));
  supervisor.on("restarting", ({ child, attempt, delay }) => {
    console.log(`${child}: restart ${attempt} in a row, in ${delay} ms`);
  });
  let state: unknown;
  supervisor.subscribe(({ value }) => {
    if (value !== state) console.log(`supervisor: ${value}`);
    state = value;
  });
  return supervisor.start();
}

const [jobs, toJobs] = createChannel<string>();
const [progress, toProgress] = createChannel<Progress>();
const channels = { jobs, progress: toProgress };
const workers = start({
  intensity: 10,
  period: 10_000,
  backoff: { initialMs: 20, maxMs: 200 },
  children: [
    { id: "ann", source: WORKER, channels },
    { id: "bob", source: WORKER, channels },
  ],
});
for (const job of JOBS) toJobs.sendNowait(job);

const timers = new Map<number, ReturnType<typeof setTimeout>>();
let left = JOBS.filter((job) => job.startsWith("job")).length;
while (left > 0) {
  const { id, job, isDone } = await progress.recv();
  clearTimeout(timers.get(id));
  if (isDone) {
    console.log(`done: ${job}`);
    left--;
    continue;
  }
  const stop = () => listAll().find((one) => one.id === id)?.terminate("took too long");
  timers.set(id, setTimeout(() => void stop(), LONGEST_MS));
}
for (const timer of timers.values()) clearTimeout(timer);
workers.send({ type: "SHUTDOWN" });
const { reason } = await toPromise(workers);
console.log(`the workers: ${reason}`);

const hopeless = start({
  intensity: 2,
  children: [{ id: "cat", source: "throw new Error('always')" }],
});
const { reason: end, error } = await toPromise(hopeless);
console.log(`the hopeless: ${end}`);
console.log(error?.message);
console.log(`interpreters left: ${listAll().length - 1}`);
