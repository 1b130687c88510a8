// From the stack of an error inside an interpreter to the lines and columns of the given
// sources. A guest runs each script under a filename of its own: the public name and a mark, as
// in `plugin.ts<7>`. So each stack frame tells its script, even that of a function from an
// earlier run. The mark belongs to the script, under whatever filename it runs.

import type { Excinfo } from "../errors.ts";
import { isFrame, isOwnFrame, isRuntimeFrame, readableFrame } from "../runtime/stack.ts";
import type { Trace } from "./trace.ts";

/** Scripts whose positions are kept. Those that were unused longest go first. */
const MAX_SCRIPTS = 10_000;
/** Numbers that are kept for all of them. */
const MAX_SIZE = 2 ** 20;

const scripts = new Map<number, Marked>();
let totalSize = 0;
let lastNumber = 0;

/** A script's number, and the way back from places in it. */
export interface Marked {
  readonly number: number;
  readonly trace: Trace;
  /** The last line that has anything of the source. */
  readonly lastLine: number;
}

/** Gives a script its number. */
export function markScript(trace: Trace, lastLine: number): Marked {
  const marked = { number: ++lastNumber, trace, lastLine };
  keepPositions(marked);
  return marked;
}

/** The mark, which stands after the filename of a script. */
export function markOf({ number }: Marked): string {
  return `<${number}>`;
}

/** Keeps the positions of a script that is about to run (again). */
export function keepPositions(marked: Marked): void {
  const { number, trace } = marked;
  if (!scripts.delete(number)) totalSize += trace.size;
  scripts.set(number, marked);
  for (const [oldest, { trace: { size } }] of scripts) {
    if (scripts.size <= MAX_SCRIPTS && totalSize <= MAX_SIZE) break;
    scripts.delete(oldest);
    totalSize -= size;
  }
}

/** Places that are traced in one excinfo. Source may have made up its stacks, of any length. */
const MAX_PLACES = 10_000;

interface Budget {
  places: number;
}

/** The excinfo with all its stacks in the filenames, lines and columns of the given sources. */
export function mapExcinfo(excinfo: Excinfo): Excinfo {
  return mapWithin(excinfo, { places: MAX_PLACES });
}

function mapWithin(excinfo: Excinfo, budget: Budget): Excinfo {
  const { stack, cause, errors, ...rest } = excinfo;
  return {
    ...rest,
    ...(stack === undefined ? {} : { stack: mapStack(stack, rest.message, budget) }),
    ...(cause === undefined ? {} : { cause: mapWithin(cause, budget) }),
    ...(errors === undefined ? {} : { errors: errors.map((error) => mapWithin(error, budget)) }),
  };
}

/** A stack in the places of the given sources, without the frames of what ran them. */
function mapStack(stack: string, message: string, budget: Budget): string {
  const start = endOfHeader(stack, message);
  const lines = stack.slice(start).split("\n").filter((line) => !isFrame(line) || isOfSource(line));
  return stack.slice(0, start) + lines.map((line) => readableFrame(mapFrame(line, budget))).join(
    "\n",
  );
}

/** Whether a frame belongs to source, to what it imports, or to a function that it calls. */
function isOfSource(frame: string): boolean {
  return !isOwnFrame(frame) && !isRuntimeFrame(frame) && !isWrapper(frame);
}

/** Where the frames begin. The message before them stays as it was thrown. */
function endOfHeader(stack: string, message: string): number {
  if (message === "") return 0;
  if (stack.startsWith(message)) return message.length;
  // Not searched for: with some texts that would take the product of both lengths.
  const at = stack.slice(0, MAX_NAME).indexOf(": ");
  const isHeader = at >= 0 && !stack.slice(0, at).includes("\n") &&
    stack.startsWith(message, at + 2);
  return isHeader ? at + 2 + message.length : 0;
}

/** Characters in which the name before a message must end. */
const MAX_NAME = 1_000;

/** Script, line and column. A syntax error that the runtime found has no column. */
const PLACE = /<\d+>:\d+(?::\d+)?/g;

function parsePlace(place: string): readonly [number, number, number?] {
  const [number = 0, line = 1, column] = place.slice(1).split(/>?:/).map(Number);
  return column === undefined ? [number, line] : [number, line, column];
}

/** Longer frames are not looked at for that. */
const MAX_WRAPPER = 10_000;

/** Whether a frame belongs to the call that ran the source, which stands after the source. */
function isWrapper(frame: string): boolean {
  if (frame.length > MAX_WRAPPER) return false;
  const places = frame.match(PLACE) ?? [];
  return places.some((place) => {
    const [number, line] = parsePlace(place);
    return line > (scripts.get(number)?.lastLine ?? Infinity);
  });
}

/** What Bun 1.4 makes of the mark of a script that evaluates text. */
const EVALUATED = /%3C(\d+)%3E(?=:\d)/;

function mapFrame(frame: string, budget: Budget): string {
  if (budget.places <= 0) return frame;
  const evaluated = EVALUATED.exec(frame);
  if (evaluated !== null) return mapEvaluated(frame, evaluated);
  return frame.replace(PLACE, (place) => {
    if (budget.places-- <= 0) return place;
    const [number, line, column] = parsePlace(place);
    if (number === 0 || number > lastNumber) return place;
    const position = { line, column: (column ?? 1) - 1 };
    const back = scripts.get(number)?.trace.back(position) ?? position;
    return column === undefined ? `:${back.line}` : `:${back.line}:${back.column + 1}`;
  });
}

/** As V8 writes it: the place is in the evaluated text, and the place of that text is not known. */
function mapEvaluated(frame: string, { 0: { length }, 1: number, index }: RegExpExecArray): string {
  if (Number(number) > lastNumber) return frame;
  // The name itself has no blanks here: they are encoded.
  const space = frame.lastIndexOf(" ", index) + 1;
  const start = frame[space] === "(" ? space + 1 : space;
  const name = frame.slice(start, index).replace(/^file:\/\/\//, "");
  return `${frame.slice(0, start)}eval at ${decoded(name)}, <anonymous>${
    frame.slice(index + length)
  }`;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // The name only looks like one of Bun's.
    return name;
  }
}
