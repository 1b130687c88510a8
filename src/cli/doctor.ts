// `doctor`: tries what this runtime can enforce in this folder, and says what to add to which file.

import { availableParallelism } from "node:os";
import process from "node:process";
import { UnsupportedError } from "../../mod.ts";
import { CHECKS } from "./doctor/checks.ts";
import { type Remedy, remedyFor } from "./doctor/remedies.ts";
import { columns, EXIT, hasColors, watchSignals, write } from "./terminal.ts";

/** Longest time that one attempt may take, in milliseconds. */
const LONGEST_MS = 30_000;

/** What an attempt has shown. */
interface Finding {
  readonly name: string;
  /** `missing`: it works here once something is added; `unsupported`: not on this runtime. */
  readonly status: "works" | "missing" | "unsupported" | "broken";
  readonly detail: string;
  readonly remedy?: Remedy;
}

const MARKS = { works: "✔", missing: "✖", unsupported: "–", broken: "✖" } as const;
const COLORS = { works: 32, missing: 33, unsupported: 90, broken: 31 } as const;

/** Tries everything; gives 0 if all that this runtime can do works here. */
export async function doctor({ json = false }: { readonly json?: boolean }): Promise<number> {
  const watch = watchSignals();
  const runtime = runtimeOf();
  if (!json) write(`${titleOf(runtime)}\n\n`);
  const findings: Finding[] = [];
  for (const { name, attempt } of CHECKS) {
    if (watch.signal.aborted) break;
    const finding = await within(attempt, { name, signal: watch.signal });
    if (watch.signal.aborted) break;
    findings.push(finding);
    if (!json) write(lineOf(finding));
  }
  if (watch.signal.aborted) return watch.code();
  const isWell = findings.every(({ status }) => status === "works" || status === "unsupported");
  if (json) write(`${JSON.stringify({ ok: isWell, ...runtime, checks: findings })}\n`);
  else write(`\n${isWell ? "All that this runtime can do works here" : "Something is missing"}\n`);
  return isWell ? EXIT.ok : EXIT.failed;
}

async function within(
  attempt: () => Promise<string>,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<Finding> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`no answer within ${LONGEST_MS / 1_000} seconds`));
    timer = setTimeout(fail, LONGEST_MS);
    signal.addEventListener("abort", fail, { once: true });
  });
  try {
    return { name, status: "works", detail: await Promise.race([attempt(), tooLong]) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const detail = message.replace(/^Cannot create an interpreter: /, "");
    if (!(error instanceof UnsupportedError)) return { name, status: "broken", detail };
    const remedy = remedyFor(detail);
    return remedy === undefined
      ? { name, status: "unsupported", detail }
      : { name, status: "missing", detail, remedy };
  } finally {
    clearTimeout(timer);
  }
}

interface RuntimeFacts {
  readonly runtime: string;
  readonly version: string;
  readonly platform: string;
  readonly processors: number;
}

function runtimeOf(): RuntimeFacts {
  const { versions, platform, arch } = process;
  const [runtime, version] = versions["deno"] !== undefined
    ? ["Deno", versions["deno"]]
    : versions["bun"] === undefined
    ? ["Node", versions.node]
    : ["Bun", versions["bun"]];
  return { runtime, version, platform: `${platform} ${arch}`, processors: availableParallelism() };
}

function titleOf({ runtime, version, platform, processors }: RuntimeFacts): string {
  return `${runtime} ${version} on ${platform}, ${processors} processors`;
}

function lineOf({ name, status, detail, remedy }: Finding): string {
  const mark = hasColors() ? `\x1b[${COLORS[status]}m${MARKS[status]}\x1b[0m` : MARKS[status];
  const indent = columns() < 60 ? 4 : 20;
  const first = columns() < 60 ? `${name}\n${" ".repeat(indent)}` : name.padEnd(indent - 2);
  const text = wrap(detail, columns() - indent).join(`\n${" ".repeat(indent)}`);
  const added = remedy === undefined
    ? ""
    : wrap(`→ ${remedy.file}: add ${remedy.add}`, columns() - indent)
      .map((line) => `${" ".repeat(indent)}${line}\n`).join("");
  return `${mark} ${first}${text}\n${added}`;
}

/** The text in lines of at most so many columns; a longer word has a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
