// Programs of somebody who has installed the package, for installed.ts.

/** Uses a little of everything; prints `USED`. */
export const ALL_OF_IT = `
import * as Effect from "effect/Effect";
import { create, createChannel, InterpreterPoolExecutor } from "subinterpreters";
import * as actors from "subinterpreters/actors";
import { evaluate, Executor, Interpreter, make } from "subinterpreters/effect";

const [recv, send] = createChannel();
const interpreter = await create();
await interpreter.run("let n: number = 20; send.sendNowait(n)", { channels: { send } });
console.log(await recv.recv(), await interpreter.evaluate("n * 2 + 2"));
const work = await interpreter.import(new URL("./work.mjs", import.meta.url));
console.log(await work.twice(21), await interpreter.call((a, b) => a + b, 1, 2));
const typed = await interpreter.import(new URL("./typed.mts", import.meta.url));
console.log(await typed.area(6));
await interpreter.terminate();

const pool = new InterpreterPoolExecutor({ maxWorkers: 2 });
console.log(await pool.submit((n) => n + 1, 41), typeof actors.interpreterMachine);
await pool.shutdown();

const program = Effect.gen(function* () {
  return yield* evaluate(yield* make(), "6 * 7");
});
console.log(await Effect.runPromise(Effect.scoped(program)));
const tested = Effect.provide(Effect.scoped(program), Interpreter.layerTest);
console.log(await Effect.runPromise(tested));
const task = Effect.flatMap(Executor.make(), (one) => Executor.submit(one, (n) => n + 1, 41));
console.log(await Effect.runPromise(Effect.scoped(task)));
`;

/** The modules that it imports. */
export const MODULES: Readonly<Record<string, string>> = {
  "work.mjs": "export const twice = (n) => 2 * n",
  "typed.mts": "enum Unit { Metre = 7 } export const area = (m: number): number => m * Unit.Metre",
};

/** What it prints. */
export const USED = "20 42\n42 3\n42\n42 object\n42\n42\n42\n";

/** A program with types, for compilers. */
export const TYPED = `
import { create, createChannel, type CreateOptions, QueueFullError, RunFailedError } from "subinterpreters";
import * as actors from "subinterpreters/actors";

const [recv, send] = createChannel<number>();
const options: CreateOptions = { name: "one" };
const interpreter = await create(options);
await interpreter.run("send.sendNowait(1)", { channels: { send } });
export const n: number = await recv.recv();
export const name: string = interpreter.name;
export function messageOf(error: RunFailedError | QueueFullError): string {
  return error._tag === "RunFailedError" ? error.excinfo.message : error.message;
}
export { actors };
`;
