// `repl`: reads lines from a terminal or a pipe, and prints what the interpreter behind them says.

import { createInterface, type Interface } from "node:readline";
import process from "node:process";
import { inspect } from "node:util";
import type { ReplFlags } from "./arguments.ts";
import { formatExcinfo } from "./excinfo.ts";
import { dotCommand, type Prompt } from "./repl/commands.ts";
import { historyFile, openHistory } from "./repl/history.ts";
import { isIncomplete } from "./repl/incomplete.ts";
import { type Ran, Session } from "./repl/session.ts";
import { columns, EXIT, hasColors, write, writeError } from "./terminal.ts";

const PROMPT = "> ";
const GOES_ON = "… ";

/** Runs the prompt to its end. */
export async function repl(flags: ReplFlags, args: readonly string[]): Promise<number> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const colors = hasColors();
  let lines: Lines | undefined;
  const session = await Session.open({
    ...{ flags, args, keepsCopies: isTerminal, style: { colors, width: columns() } },
    ...isTerminal
      ? {
        print: {
          stdout: (text) => lines === undefined ? write(text) : lines.above(text, write),
          stderr: (text) => lines === undefined ? writeError(text) : lines.above(text, writeError),
        },
      }
      : {},
  });
  lines = new Lines(session, { colors, isTerminal, keepsHistory: flags.history });
  const code = await lines.ended;
  await session.close();
  return code;
}

/** The lines that are typed, one after the other. */
class Lines implements Prompt {
  readonly ended: Promise<number>;
  readonly session: Session;
  readonly #colors: boolean;
  readonly #isTerminal: boolean;
  readonly #reader: Interface;
  #end: (code: number) => void = () => {};
  readonly #queue: string[] = [];
  /** Lines of an input that goes on. */
  #begun = "";
  /** Stack traces name inputs by their numbers. */
  #number = 1;
  #isBusy = false;
  /** Whether the prompt stands in the last line of the terminal. */
  #isShown = false;
  #isClosed = false;
  #wantsToLeave = false;
  #code: number = EXIT.ok;

  constructor(
    session: Session,
    { colors, isTerminal, keepsHistory }: {
      readonly colors: boolean;
      readonly isTerminal: boolean;
      readonly keepsHistory: boolean;
    },
  ) {
    this.session = session;
    this.#colors = colors;
    this.#isTerminal = isTerminal;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const history = openHistory(isTerminal && keepsHistory ? historyFile() : undefined, (text) => {
      writeError(`${text}\n`);
    });
    this.#reader = createInterface({
      ...{ input: process.stdin, terminal: isTerminal, historySize: 1_000, prompt: PROMPT },
      ...isTerminal ? { output: process.stdout, history: [...history.lines] } : {},
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, found: [string[], string]) => void) => {
        // oxlint-disable-next-line promise/no-callback-in-promise -- node:readline wants it so on all runtimes.
        void this.#complete(line).then((found) => done(null, found));
      },
    });
    if (isTerminal) {
      write(`An interpreter on ${runtimeName()}. Type .help for help, Ctrl-D to leave.\n`);
    }
    this.#reader.on("line", (line) => {
      this.#isShown = false;
      history.add(line);
      this.#queue.push(line);
      void this.#work();
    });
    this.#reader.on("close", () => {
      this.#isClosed = true;
      // Ctrl-D while something runs: whoever leaves does not wait for it.
      if (isTerminal) this.session.stop();
      void this.#work();
    });
    this.#reader.on("SIGINT", () => this.#onInterrupt());
    process.on("SIGINT", () => this.#onInterrupt());
    process.on("SIGTERM", () => this.#leave(EXIT.terminated));
    this.#prompt();
  }

  /** Leaves the prompt. */
  leave(): void {
    this.#leave(this.#code);
  }

  #leave(code: number): void {
    this.#code = code;
    this.#queue.length = 0;
    this.#isClosed = true;
    this.#reader.close();
    this.#end(code);
  }

  /** Prints what has nothing to do with what is being typed: above it. */
  above(text: string, print: (text: string) => void): void {
    if (!this.#isShown) {
      print(text);
      return;
    }
    write("\r\x1b[J");
    print(text.endsWith("\n") ? text : `${text}\n`);
    this.#reader.prompt(true);
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let line = this.#queue.shift(); line !== undefined; line = this.#queue.shift()) {
        await this.#take(line);
      }
      if (this.#isClosed && this.#begun !== "") await this.#run(true);
    } finally {
      this.#isBusy = false;
    }
    if (!this.#isClosed) this.#prompt();
    else {
      if (this.#isShown) write("\n");
      this.#end(this.#code);
    }
  }

  async #take(line: string): Promise<void> {
    this.#wantsToLeave = false;
    if (this.#begun === "" && /^\.[a-z]+(\s|$)/i.test(line)) {
      await dotCommand(line, this);
      return;
    }
    this.#begun += `${line}\n`;
    if (this.#begun.trim() === "") this.#begun = "";
    else await this.#run(false);
  }

  /** @param isLast Nothing more will come. */
  async #run(isLast: boolean): Promise<void> {
    const source = this.#begun.trimEnd();
    const ran = await this.session.run(source, `<repl ${this.#number}>`);
    const excinfo = ran.is === "failed" ? ran.failure.excinfo : undefined;
    if (!isLast && excinfo !== undefined && isIncomplete(this.#begun, excinfo)) return;
    this.#number++;
    this.#begun = "";
    // Ctrl-D came meanwhile: nobody is left to tell.
    if (!this.#isClosed || !this.#isTerminal) await this.report(ran);
  }

  /** Prints what became of an input. */
  async report(ran: Ran): Promise<void> {
    switch (ran.is) {
      case "done":
        if (ran.text !== undefined) write(`${ran.text}\n`);
        else if (ran.value !== undefined) {
          write(`${inspect(ran.value, { colors: this.#colors })}\n`);
        }
        return;
      case "failed":
        this.#fail(EXIT.failed);
        if (ran.failure.excinfo === undefined) {
          this.say(`${ran.failure.message}; the namespace is as it was`);
        } else writeError(formatExcinfo(ran.failure.excinfo, hasColors(process.stderr)));
        return;
      case "stopped":
        this.say("Stopped; the namespace is as it was left");
        return;
      case "ended":
        await this.#onEnded(ran.failure?.reason, ran.failure?.exitCode ?? EXIT.failed);
    }
  }

  async #onEnded(reason: string | undefined, code: number): Promise<void> {
    if (reason === "exit") {
      this.#leave(code);
      return;
    }
    this.#fail(EXIT.failed);
    const { back, lost } = await this.session.recover();
    const why = reason === undefined ? "It could not be stopped alone" : `It ended: ${reason}`;
    const kept = back.length === 0 ? "" : `, with ${back.join(", ")} as before it`;
    const gone = lost.length === 0 ? "" : `, without ${lost.join(", ")}`;
    this.say(`${why}. A new interpreter is in its place${kept}${gone}`);
  }

  /** In a pipe, one failure makes the whole fail. */
  #fail(code: number): void {
    if (!this.#isTerminal) this.#code = code;
  }

  /** Says something to whoever sits there. */
  say(text: string): void {
    writeError(`${text}\n`);
  }

  #prompt(): void {
    if (!this.#isTerminal) return;
    this.#reader.setPrompt(this.#begun === "" ? PROMPT : GOES_ON);
    this.#isShown = true;
    this.#reader.prompt();
  }

  #onInterrupt(): void {
    if (this.session.isRunning) {
      this.#queue.length = 0;
      this.session.stop();
      if (!this.#isTerminal) this.#leave(EXIT.interrupted);
    } else if (!this.#isTerminal) this.#leave(EXIT.interrupted);
    else if (this.#begun !== "" || this.#reader.line !== "") {
      this.#begun = "";
      // The line goes from the screen and from what would be entered.
      this.#reader.write(null, { ctrl: true, name: "e" });
      this.#reader.write(null, { ctrl: true, name: "u" });
      write("\n");
      this.#prompt();
    } else if (this.#wantsToLeave) this.leave();
    else {
      this.#wantsToLeave = true;
      write("\n");
      this.say("Press Ctrl-C once more to leave, or Ctrl-D; .help says what else there is");
      this.#prompt();
    }
  }

  async #complete(line: string): Promise<[string[], string]> {
    const { COMMANDS } = await import("./repl/commands.ts");
    if (this.#begun === "" && /^\.\w*$/.test(line)) {
      return [
        Object.keys(COMMANDS).map((name) => `.${name}`).filter((name) => name.startsWith(line)),
        line,
      ];
    }
    return await this.session.complete(line);
  }
}

function runtimeName(): string {
  const { versions } = process;
  if (versions["deno"] !== undefined) return `Deno ${versions["deno"]}`;
  return versions["bun"] === undefined ? `Node ${versions.node}` : `Bun ${versions["bun"]}`;
}
