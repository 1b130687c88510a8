// What begins with a point at the prompt.

import { distance } from "fastest-levenshtein";
import { readSource } from "../sources.ts";
import { UsageError, write } from "../terminal.ts";
import type { Ran, Session } from "./session.ts";

/** What a command may do with the prompt. */
export interface Prompt {
  readonly session: Session;
  /** Leaves it. */
  leave(): void;
  /** Tells the user something that is no value. */
  say(text: string): void;
  /** Prints what became of source. */
  report(ran: Ran): Promise<void>;
}

interface Command {
  readonly help: string;
  act(prompt: Prompt, argument: string): Promise<void> | void;
}

const restart = async (prompt: Prompt) => {
  await prompt.session.restart();
  prompt.say("A new interpreter, with an empty namespace");
};

/** The commands by name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  help: { help: "what there is", act: () => write(helpText()) },
  load: { help: "run a file in the namespace: .load FILE", act: load },
  clear: { help: "begin again with an empty namespace", act: restart },
  restart: { help: "the same as .clear", act: restart },
  exit: { help: "leave, as Ctrl-D does", act: (prompt) => prompt.leave() },
};

/** Does what a line that begins with a point says. */
export async function dotCommand(line: string, prompt: Prompt): Promise<void> {
  const [, name = "", argument = ""] = /^\.(\w+)\s*(.*?)\s*$/.exec(line) ?? [];
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) {
    await command.act(prompt, argument);
    return;
  }
  const [nearest = ""] = Object.keys(COMMANDS).toSorted((a, b) =>
    distance(a, name) - distance(b, name)
  );
  prompt.say(`There is no command .${name}; did you mean .${nearest}? .help lists them`);
}

async function load(prompt: Prompt, file: string): Promise<void> {
  if (file === "" || file === "-") {
    prompt.say("Name the file: .load FILE");
    return;
  }
  try {
    const { text, filename } = await readSource(file);
    await prompt.report(await prompt.session.load(text, filename));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    prompt.say(error.message);
  }
}

function helpText(): string {
  const lines = Object.entries(COMMANDS).map(([name, { help }]) => `.${name.padEnd(9)}${help}\n`);
  return `${lines.join("")}
Ctrl-C    stop what runs and keep the namespace; at the prompt: drop the line
Ctrl-D    leave
Tab       complete the names of variables and properties
_         the last value
`;
}
