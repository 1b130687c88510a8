// The documentation of the doors: every export is documented, and every type that a
// door shows can be had from a door.

import { spawnSync } from "node:child_process";
import process from "node:process";

/** What users import, and what source imports inside an interpreter. */
export const DOORS: readonly string[] = [
  "mod.ts",
  "actors/mod.ts",
  "src/effect/mod.ts",
  "src/api/exports.ts",
];

/**
 * Types of XState and Effect, which have doors of their own, and of the language, whose
 * values some files take from `globalThis` under the same name; `deno doc` cannot tell.
 */
const FOREIGN = new Set(
  ("ActorRefFrom AnyActorRef CallbackActorLogic DoneActorEvent EventObject MetaObject " +
    "NonReducibleUnknown ParameterizedObject PromiseActorLogic ProvidedActor StateMachine " +
    "StateSchema Dequeue Done Effect Enqueue Layer Scope Service Stream " +
    "AbortSignal Error Map Promise ReadableStream URL WritableStream").split(" "),
);

/** What is wrong with the documentation, one entry for each problem. */
export function lintDocumentation(deno: string): string[] {
  const { status, stdout, stderr } = spawnSync(deno, ["doc", "--lint", ...DOORS], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  const problems = (stdout + stderr).split(/^(?=error)/m).filter((text) =>
    text.startsWith("error[")
  );
  if (status !== 0 && problems.length === 0) return [stdout + stderr];
  return problems.filter((text) => {
    const [, name = ""] = /references private type '([^']*)'/.exec(text) ?? [];
    return !FOREIGN.has(name);
  });
}
