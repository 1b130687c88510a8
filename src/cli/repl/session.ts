// The interpreter behind a prompt: it runs what is typed, can be stopped, and is replaced when it
// has ended. Nothing here knows of terminals.

import process from "node:process";
import {
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
  RunFailedError,
  type RunOptions,
} from "../../../mod.ts";
import type { LimitFlags } from "../arguments.ts";
import { runTyped } from "../expression.ts";
import { installInside, receiverOf, type Style } from "../inside.ts";
import { createWithin, type Failure, failureOf } from "../interpreters.ts";
import { Checkpoint } from "./checkpoint.ts";
import { completions, existing, wordsOf } from "./complete.ts";

/** What became of an input. */
export type Ran =
  /** It has run; the text is its value, if it has one that is worth a line. */
  | { readonly is: "done"; readonly text?: string; readonly value?: unknown }
  /** It threw, could not be compiled, or was stopped; the interpreter goes on. */
  | { readonly is: "failed"; readonly failure: Failure }
  /** It was stopped by `stop()`, and the interpreter goes on. */
  | { readonly is: "stopped" }
  /** Its interpreter has ended. */
  | { readonly is: "ended"; readonly failure: Failure | undefined };

/** How an interpreter is made, and where its output goes. */
export interface SessionOptions {
  readonly flags: LimitFlags;
  readonly args: readonly string[];
  readonly style: Style;
  /** Takes output; absent: the process's own output has it. */
  readonly print?: {
    readonly stdout: (text: string) => void;
    readonly stderr: (text: string) => void;
  };
  /** Whether what can be copied is kept for the time after a restart. */
  readonly keepsCopies: boolean;
}

/** An interpreter behind a prompt. */
export class Session {
  readonly #options: SessionOptions;
  #interpreter: Interpreter;
  #checkpoint = new Checkpoint();
  /** Every word that was typed and may be a variable. */
  readonly #words = new Set<string>();
  #running: AbortController | undefined;
  #inputs = 0;

  private constructor(options: SessionOptions, interpreter: Interpreter) {
    this.#options = options;
    this.#interpreter = interpreter;
  }

  /** Opens a session. */
  static async open(options: SessionOptions): Promise<Session> {
    return new Session(options, await start(options));
  }

  /** Whether something runs that `stop()` would stop. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Stops what runs; the interpreter goes on if it can be had that way. */
  stop(): void {
    this.#running?.abort(new Error("stopped"));
  }

  /** Runs what was typed. */
  async run(source: string, filename: string): Promise<Ran> {
    const n = ++this.#inputs;
    return await this.#attempt(source, async (options) => {
      const result = await runTyped(this.#interpreter, source, {
        receiver: receiverOf(n, "show"),
        options: { ...options, filename },
      });
      if ("value" in result) return { is: "done", value: result.value };
      return typeof result.received === "string"
        ? { is: "done", text: result.received }
        : { is: "done" };
    });
  }

  /** Runs a file's text in the namespace. */
  async load(source: string, filename: string): Promise<Ran> {
    return await this.#attempt(source, async (options) => {
      await this.#interpreter.run(source, { ...options, filename });
      return { is: "done" };
    });
  }

  async #attempt(source: string, act: (options: RunOptions) => Promise<Ran>): Promise<Ran> {
    const { flags: { timeout }, keepsCopies } = this.#options;
    const controller = new AbortController();
    this.#running = controller;
    for (const word of wordsOf(source)) this.#words.add(word);
    try {
      const ran = await act({
        ...{ signal: controller.signal, onAbort: "interrupt" },
        ...timeout === undefined ? {} : { timeout, onTimeout: "interrupt" },
      });
      if (keepsCopies) {
        this.#checkpoint.note(source);
        await this.#copy();
      }
      return ran;
    } catch (error) {
      const isStopped = controller.signal.aborted && error === controller.signal.reason;
      const failure = isStopped ? undefined : failureOf(error, this.#options.flags);
      if (!this.#isAlive()) return { is: "ended", failure };
      return failure === undefined ? { is: "stopped" } : { is: "failed", failure };
    } finally {
      this.#running = undefined;
    }
  }

  /** A look that fails or takes too long leaves the copies as they were. */
  async #copy(): Promise<void> {
    try {
      await this.#checkpoint.take(
        this.#interpreter,
        await existing(this.#interpreter, this.#words),
      );
    } catch (error) {
      if (!(error instanceof RunFailedError)) throw error;
    }
  }

  #isAlive(): boolean {
    return listAll().some((one) => one.equals(this.#interpreter));
  }

  /** A new interpreter, with an empty namespace. */
  async restart(): Promise<void> {
    this.#checkpoint = new Checkpoint();
    this.#words.clear();
    await this.#replace();
  }

  /** A new interpreter, with what of the old one's namespace can be had again. */
  async recover(): Promise<{ readonly back: string[]; readonly lost: string[] }> {
    await this.#replace();
    try {
      return await this.#checkpoint.restore(this.#interpreter);
    } catch (error) {
      if (!(error instanceof InterpreterTerminatedError)) throw error;
      await this.restart();
      return { back: [], lost: [] };
    }
  }

  async #replace(): Promise<void> {
    const old = this.#interpreter;
    this.#interpreter = await start(this.#options);
    await old.terminate("replaced");
  }

  /** What could complete a line; nothing while something runs. */
  async complete(line: string): Promise<[found: string[], part: string]> {
    if (this.isRunning) return [[], line];
    try {
      return await completions(line, { interpreter: this.#interpreter, words: this.#words });
    } catch {
      // A look that took too long, or that met a run which has just begun.
      return [[], line];
    }
  }

  /** Ends the interpreter. */
  async close(): Promise<void> {
    await this.#interpreter.terminate("the prompt is left");
  }
}

async function start({ flags, args, style, print }: SessionOptions): Promise<Interpreter> {
  const interpreter = await createWithin(
    flags,
    { name: "repl", baseUrl: process.cwd(), ...print },
    [
      "repl",
      ...args,
    ],
  );
  await installInside(interpreter, style);
  return interpreter;
}
