// The attempts of `doctor`. Each does the thing and looks whether it came about; it gives a
// sentence about that, and throws if it did not.

import {
  create,
  createChannel,
  type CreateOptions,
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
  RunFailedError,
} from "../../../mod.ts";

/** One attempt. */
export interface Check {
  readonly name: string;
  readonly attempt: () => Promise<string>;
}

/** Fills memory in small pieces, as programs do that leak. */
const FILL = "const all = []; for (;;) all.push({ n: all.length });";
/** After so many milliseconds a run is stopped that must not end by itself. */
const SOON_MS = 200;

/** The attempts, in the order in which they are made. */
export const CHECKS: readonly Check[] = [
  {
    name: "threads",
    attempt: () =>
      using({}, async (interpreter) => {
        const answer = await interpreter.evaluate("let n: number = 6; n * 7");
        if (answer !== 42) throw new Error(`an interpreter gave ${String(answer)} for 6 * 7`);
        return "an interpreter ran TypeScript on a thread of its own";
      }),
  },
  {
    name: "kill",
    attempt: () =>
      using({}, async (interpreter) => {
        const start = performance.now();
        const reason = await endOf(interpreter.run("for (;;);", { timeout: SOON_MS }));
        if (reason !== "timeout") throw new Error(`an endless loop ended otherwise: ${reason}`);
        const late = Math.max(0, Math.round(performance.now() - start - SOON_MS));
        return `an endless loop was stopped ${late} ms after its timeout`;
      }),
  },
  {
    name: "interrupt",
    // On a busy machine a loop may not stop in time, and then its interpreter ends with it.
    attempt: () => interruptLoop().catch(interruptLoop).catch(interruptLoop),
  },
  {
    name: "shared memory",
    attempt: () =>
      using({}, async (interpreter) => {
        const shared = new Int32Array(new SharedArrayBuffer(4));
        const [recv, send] = createChannel();
        await interpreter.run("Atomics.store(shared, 0, 42); send.sendNowait('done');", {
          values: { shared },
          channels: { send },
        });
        if (recv.recvNowait() !== "done") throw new Error("a channel lost its item");
        if (shared[0] !== 42) throw new Error("a SharedArrayBuffer is not shared");
        return "a channel carried an item, and both sides saw one SharedArrayBuffer";
      }),
  },
  {
    name: "memory limit",
    attempt: () =>
      using({ limits: { memoryMiB: 32 } }, async (interpreter) => {
        const reason = await endOf(interpreter.run(FILL));
        if (reason !== "out of memory") throw new Error(`it ended otherwise: ${reason}`);
        return "an interpreter that used up its 32 MiB ended alone";
      }),
  },
  {
    name: "stack limit",
    attempt: () =>
      using({ limits: { stackMiB: 2 } }, async (interpreter) => {
        const error = await interpreter.run("(function f() { f(); })()").catch((caught) => caught);
        if (!(error instanceof RunFailedError) || error.excinfo.name !== "RangeError") {
          throw new Error("a recursion without end was no RangeError");
        }
        return "a recursion without end was a RangeError inside";
      }),
  },
  {
    name: "output limit",
    attempt: () =>
      using({ stdout: "ignore", limits: { outputBytes: 100 } }, async (interpreter) => {
        const reason = await endOf(interpreter.run("for (;;) console.log('more');"));
        if (reason !== "output limit") throw new Error(`it ended otherwise: ${reason}`);
        return "an interpreter that printed more than it may ended";
      }),
  },
  {
    name: "permissions",
    attempt: () =>
      using({ permissions: "none" }, async (interpreter) => {
        await denied(interpreter, {
          what: "reading a file",
          source: "import('node:fs').then((fs) => fs.readdirSync('.'))",
          says: /NotCapable|PermissionDenied/,
        });
        await denied(interpreter, {
          what: "the network",
          source: "fetch('http://127.0.0.1:40123/')",
          says: /NotCapable|PermissionDenied/,
        });
        return "a sandbox could neither read files nor reach the network";
      }),
  },
  {
    name: "some permissions",
    attempt: () =>
      using(
        { permissions: { read: true, write: true, net: true, sys: true }, env: { SEEN: "1" } },
        async (interpreter) => {
          const seen = await interpreter.evaluate("Object.keys(process.env).join()");
          if (seen !== "SEEN") throw new Error(`a sandbox saw other variables: ${String(seen)}`);
          await denied(interpreter, {
            what: "starting a program",
            source: "import('node:child_process').then((c) => c.execFileSync('true'))",
            says: /isolated|NotCapable|PermissionDenied|ERR_ACCESS_DENIED/,
          });
          return "a sandbox saw no variables of the environment, and started no program";
        },
      ),
  },
];

async function using(
  options: CreateOptions,
  act: (interpreter: Interpreter) => Promise<string>,
): Promise<string> {
  const interpreter = await create({ name: "doctor", ...options });
  try {
    return await act(interpreter);
  } finally {
    await interpreter.terminate("tried");
  }
}

/** Stops a loop, and looks whether its interpreter is as it was. */
function interruptLoop(): Promise<string> {
  return using({}, async (interpreter) => {
    await interpreter.run("let kept = 42");
    await endOf(interpreter.run("for (;;);", { timeout: SOON_MS, onTimeout: "interrupt" }));
    if (!isAlive(interpreter)) throw new Error("the interpreter ended with its loop");
    if (await interpreter.evaluate("kept") !== 42) throw new Error("the namespace is gone");
    return "a loop was stopped alone, and the namespace is there";
  });
}

/** Why a run was stopped. */
async function endOf(run: Promise<unknown>): Promise<string> {
  const error = await run.catch((caught: unknown) => caught);
  if (error instanceof InterpreterTerminatedError) return error.reason;
  return error instanceof Error ? error.message : "it ended by itself";
}

function isAlive(interpreter: Interpreter): boolean {
  return listAll().some((one) => one.equals(interpreter));
}

/** Source that must be denied what it does. */
interface Forbidden {
  readonly what: string;
  readonly source: string;
  /** What the error says that denies it: the source may fail otherwise. */
  readonly says: RegExp;
}

async function denied(interpreter: Interpreter, { what, source, says }: Forbidden): Promise<void> {
  const error = await interpreter.run(`await ${source}`).catch((caught: unknown) => caught);
  if (error instanceof RunFailedError && says.test(error.message)) return;
  const how = error instanceof Error ? error.message : "it was allowed";
  throw new Error(`${what} was not denied: ${how}`);
}
