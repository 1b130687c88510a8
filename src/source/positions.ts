// From the stack of an error inside to the lines and columns of the given sources. A
// guest runs each script under a filename of its own: the public one and a mark, as in
// `plugin.ts<7>`. So every frame tells which script it is of, also that of a function
// that an earlier run declared. A mark is of a script, whatever it is called in a run.

import type { Excinfo } from "../errors.ts";
import { isFrame, isOwnFrame, isRuntimeFrame, readableFrame } from "../runtime/stack.ts";
import type { Trace } from "./trace.ts";

/** Scripts whose positions are kept, the longest unused go first. */
const MAX_SCRIPTS = 10_000;
/** What is kept for all of them, in numbers. */
const MAX_SIZE = 2 ** 20;

const scripts = new Map<number, Marked>();
let totalSize = 0;
let lastNumber = 0;

/** A script's number, and the way back from its places. */
export interface Marked {
  readonly number: number;
  readonly trace: Trace;
  /** Behind it is nothing of the source. */
  readonly lastLine: number;
}

/** Numbers a script. */
export function markScript(trace: Trace, lastLine: number): Marked {
  const marked = { number: ++lastNumber, trace, lastLine };
  keepPositions(marked);
  return marked;
}

/** What stands behind the filename of a script. */
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

/** Places that are traced in one excinfo; source may have made its stacks, of whatever it likes. */
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

/** Whether a frame is of source, of what it imports, or of a function that it calls. */
function isOfSource(frame: string): boolean {
  return !isOwnFrame(frame) && !isRuntimeFrame(frame) && !isWrapper(frame);
}

/** Where the frames begin: the message before them stays as it was thrown. */
function endOfHeader(stack: string, message: string): number {
  if (message === "") return 0;
  if (stack.startsWith(message)) return message.length;
  // Not looked for anywhere: there are texts for which that takes the product of both lengths.
  const at = stack.slice(0, MAX_NAME).indexOf(": ");
  const isHeader = at >= 0 && !stack.slice(0, at).includes("\n") &&
    stack.startsWith(message, at + 2);
  return isHeader ? at + 2 + message.length : 0;
}

/** Characters of the name before a message. */
const MAX_NAME = 1_000;

/** Script, line, and column: a syntax error that the runtime found has none. */
const PLACE = /<\d+>:\d+(?::\d+)?/g;

function parsePlace(place: string): readonly [number, number, number?] {
  const [number = 0, line = 1, column] = place.slice(1).split(/>?:/).map(Number);
  return column === undefined ? [number, line] : [number, line, column];
}

/** Characters of a frame that is looked at for that. */
const MAX_WRAPPER = 10_000;

/** Whether a frame is of the call behind the source that ran it. */
function isWrapper(frame: string): boolean {
  if (frame.length > MAX_WRAPPER) return false;
  const places = frame.match(PLACE) ?? [];
  return places.some((place) => {
    const [number, line] = parsePlace(place);
    return line > (scripts.get(number)?.lastLine ?? Infinity);
  });
}

/** What Bun makes of the filename of a script in which text was evaluated. */
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

/** As V8 says it: the place is one in the text, whose own place is not known. */
function mapEvaluated(frame: string, { 0: { length }, 1: number, index }: RegExpExecArray): string {
  if (Number(number) > lastNumber) return frame;
  // What is a space in the name is none here.
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
    // A name that only looks like Bun's.
    return name;
  }
}
