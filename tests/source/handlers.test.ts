// Handlers that source registers for errors that nobody caught, and for exits: they count, as
// in a worker. All run in one process of their own: a runtime's test runner takes such errors
// for its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const timer = `setTimeout(() => { throw new Error("x") }, 1)`;
const rejection = `Promise.reject(new Error("x"))`;

/** How a run ended: the handlers' log, or the error, and then the log. */
interface Outcome {
  readonly log: readonly string[];
  readonly error: string | null;
  readonly stderr: string;
}

interface Case {
  /** What source registers; `log` keeps its arguments. */
  readonly handler: string;
  readonly act: string;
  readonly log: readonly string[];
  readonly error?: string;
}

const second = "RunFailedError: Error: second";
const x = "RunFailedError: Error: x";
/** Node has no events of the global, so nothing there listens. */
const hasEvents = runtime !== "node";

const CASES: Readonly<Record<string, Case>> = {
  "uncaughtException takes what a timer throws": {
    handler: `process.on("uncaughtException", (e, origin) => log(e.message, origin))`,
    act: timer,
    log: ["x uncaughtException"],
  },
  "once() takes the first and no more": {
    handler: `process.once("uncaughtException", (e) => log(e.message))`,
    act: `${timer}; await pause(15); ${timer}`,
    log: ["x"],
    error: x,
  },
  "uncaughtException takes a rejection": {
    handler: `process.on("uncaughtException", (e, origin) => log(e.message, origin))`,
    act: rejection,
    log: ["x unhandledRejection"],
  },
  "unhandledRejection takes a rejection": {
    handler: `process.on("unhandledRejection", (e, p) => log(e, p instanceof Promise))`,
    act: `Promise.reject("text")`,
    log: ["text true"],
  },
  "unhandledRejection takes nothing that a timer throws": {
    handler: `process.on("unhandledRejection", (e) => log(e.message))`,
    act: timer,
    log: [],
    error: x,
  },
  "an uncaughtException handler that throws fails the run": {
    handler:
      `process.on("uncaughtException", (e) => { log(e.message); throw new Error("second") })`,
    act: timer,
    log: ["x"],
    error: second,
  },
  "an unhandledRejection handler that throws fails the run": {
    handler:
      `process.on("unhandledRejection", (e) => { log(e.message); throw new Error("second") })`,
    act: rejection,
    log: ["x"],
    error: second,
  },
  "uncaughtException takes what an unhandledRejection handler throws": {
    handler: `process.on("unhandledRejection", () => { throw new Error("second") });
      process.on("uncaughtException", (e) => log(e.message))`,
    act: rejection,
    log: ["second"],
  },
  "setUncaughtExceptionCaptureCallback() takes both": {
    handler: `process.setUncaughtExceptionCaptureCallback((e) => log(e.message))`,
    act: `${timer}; ${rejection}`,
    log: ["x", "x"],
  },
  "removeAllListeners() takes nothing of the module's": {
    handler: `for (const name of ["unhandledRejection", "uncaughtException", undefined]) {
      name === undefined ? process.removeAllListeners() : process.removeAllListeners(name);
    }`,
    act: rejection,
    log: [],
    error: x,
  },
  "a listener for error takes what it prevents": {
    handler: `globalThis.addEventListener?.("error", (event) => {
      log(event.error.message); event.preventDefault();
    })`,
    act: timer,
    log: hasEvents ? ["x"] : [],
    ...hasEvents ? {} : { error: x },
  },
  "a listener for error that prevents nothing takes nothing": {
    handler: `globalThis.addEventListener?.("error", (event) => log(event.error.message))`,
    act: timer,
    log: hasEvents ? ["x"] : [],
    error: x,
  },
  "a listener for error that throws fails the run": {
    handler: `globalThis.addEventListener?.("error", () => { throw new Error("second") })`,
    act: timer,
    log: [],
    error: hasEvents ? second : x,
  },
  "a listener for unhandledrejection takes what it prevents": {
    handler: `globalThis.addEventListener?.("unhandledrejection", (event) => {
      log(event.reason.message, event.promise instanceof Promise); event.preventDefault();
    })`,
    act: rejection,
    log: hasEvents ? ["x true"] : [],
    ...hasEvents ? {} : { error: x },
  },
  "onerror takes what it prevents": {
    handler: `globalThis.onerror = (...args) => {
      log("onerror"); args[0].preventDefault?.(); return true;
    }`,
    act: timer,
    log: hasEvents ? ["onerror"] : [],
    ...hasEvents ? {} : { error: x },
  },
  "reportError() is an error that nobody caught": {
    handler: `globalThis.reportError ??= (error) => setTimeout(() => { throw error }, 0)`,
    act: `reportError(new Error("x"))`,
    log: [],
    error: x,
  },
  "no handler takes it": { handler: "", act: timer, log: [], error: x },
};

const EXITS: Readonly<Record<string, { handler: string; act: string; out: string; how: string }>> =
  {
    "process.exit() calls the exit handlers of source": {
      handler: `process.on("exit", (code) => console.log("bye", code))`,
      act: "process.exit(3)",
      out: "bye 3\n",
      how: "InterpreterTerminatedError 3",
    },
    "an exit handler can change the code": {
      handler: `process.on("exit", () => { process.exitCode = 9 })`,
      act: "process.exit()",
      out: "",
      how: "InterpreterTerminatedError 9",
    },
    "an exit handler can exit": {
      handler: `process.on("exit", () => { process.exit(5) })`,
      act: "process.exit(4)",
      out: "",
      how: "InterpreterTerminatedError 5",
    },
    "an exit handler that throws fails the run": {
      handler: `process.on("exit", () => { throw new Error("second") })`,
      act: "process.exit(4)",
      out: "",
      how: "RunFailedError undefined",
    },
    "an exit handler that throws at close() is reported": {
      handler: `process.on("exit", () => console.log("bye"));
      process.on("exit", () => { throw new Error("second") })`,
      act: "",
      out: "bye\nUncaught Error: second",
      how: "ran",
    },
    "an exit handler that loops ends with the run's timeout": {
      handler: `process.on("exit", () => { for (;;); })`,
      act: "process.exit(4)",
      out: "",
      how: "InterpreterTerminatedError undefined",
    },
  };

const script = `
  import { create } from "subinterpreters";
  import process from "node:process";
  const [cases, exits] = JSON.parse(${
  JSON.stringify(JSON.stringify([
    Object.entries(CASES).map(([name, { handler, act }]) => [name, handler, act]),
    Object.entries(EXITS).map(([name, { handler, act }]) => [name, handler, act]),
  ]))
});
  const results = {};
  const trying = async (name, handler, act) => {
    let stderr = "";
    const interpreter = await create({ stderr: (text) => stderr += text });
    const source = \`
      var seen = [], log = (...args) => seen.push(args.join(" "));
      var pause = (ms) => new Promise((go) => setTimeout(go, ms));
      \${handler};
      \${act};
      await pause(40);\`;
    const error = await interpreter.run(source).then(() => null, String);
    results[name] = { error, log: await interpreter.evaluate("seen"), stderr };
    await interpreter.terminate();
  };
  const leaving = async (name, handler, act) => {
    let out = "";
    const interpreter = await create({
      stdout: (text) => out += text,
      stderr: (text) => out += text.replace(/ in interpreter \\d+: /, " ").split("\\n")[0],
    });
    const how = await interpreter.run(handler + ";" + act, { timeout: 500 })
      .then(() => "ran", (error) => error.name + " " + error.exitCode);
    if (how === "ran") await interpreter.close();
    await interpreter.terminate();
    results[name] = { out, how };
  };
  for (const one of cases) await trying(...one);
  for (const one of exits) await leaving(...one);
  console.log(JSON.stringify(results));
`;

let ran: ReturnType<typeof spawnScript> | undefined;

async function outcomeOf<T>(name: string): Promise<T> {
  const { stdout, stderr, code } = await (ran ??= spawnScript(script, { timeoutMs: 60_000 }));
  assert.deepEqual([code, stderr], [0, ""]);
  return (JSON.parse(stdout) as Record<string, T>)[name]!;
}

const timeout = 90_000;

for (const [name, { log, error = null }] of Object.entries(CASES)) {
  test(`errors that nobody caught: ${name}`, { timeout }, async () => {
    assert.deepEqual(await outcomeOf<Outcome>(name), { error, log, stderr: "" });
  });
}

for (const [name, { out, how }] of Object.entries(EXITS)) {
  test(name, { timeout }, async () => {
    assert.deepEqual(await outcomeOf(name), { out, how });
  });
}
