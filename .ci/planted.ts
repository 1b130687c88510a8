// A rule whose globs match nothing reports success. So the check also lints files
// that break one room rule each, and expects every one of them to be caught.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

interface Planted {
  readonly file: string;
  readonly text: string;
  /** The rule that must catch it. */
  readonly rule: string;
}

const importing = (specifier: string) =>
  `import { a } from "${specifier}";\nexport const b: unknown = a;\n`;
const using = (name: string) => `export const b: unknown = ${name};\n`;

const PLANTED: readonly Planted[] = [
  { file: "src/errors.ts", text: importing("./codec/tags.ts"), rule: "no-restricted-imports" },
  ...[
    ["src/codec", "../channel/ring.ts"],
    ["src/channel", "../protocol/frames.ts"],
    ["src/protocol", "../channel/ring.ts"],
    ["src/runtime", "../api/checks.ts"],
    ["src/runtime", "../stdio/target.ts"],
    ["src/runtime/deno", "../../confine/deno/locks.ts"],
    ["src/stdio", "../confine/isolation.ts"],
    ["src/stdio/bun", "../../confine/isolation.ts"],
    ["src/confine", "../api/checks.ts"],
    ["src/confine/native", "../../guest/wire.ts"],
    ["src/channel/memory", "../../runtime/port.ts"],
    ["src/host/life", "../../effect/channels.ts"],
    ["src/host/life", "../../../mod.ts"],
    ["src/host/runs", "acorn"],
    ["src/api", "../guest/realm.ts"],
    ["src/source", "../guest/realm.ts"],
    ["src/source", "../../actors/events.ts"],
    ["src/guest", "../source/rewrite.ts"],
    ["src/guest", "acorn"],
    ["src/guest", "xstate"],
    ["src/guest", "effect/Queue"],
    ["src/executor", "../host/realm.ts"],
    ["src/executor", "effect/Queue"],
    ["src/source", "../executor/pool.ts"],
    ["src/host", "../effect/channels.ts"],
    ["src/host", "effect"],
    ["src/host", "node:worker_threads"],
    ["src/host", "../../mod.ts"],
    ["src/effect", "../cli/terminal.ts"],
    ["src/cli", "../host/realm.ts"],
    ["src/cli", "../api/checks.ts"],
    ["src/cli/repl", "../../api/checks.ts"],
    ["src/host", "commander"],
    ["src/effect", "subinterpreters"],
    ["src/effect", "../inspect/server.ts"],
    ["src/inspect", "../effect/channels.ts"],
    ["src/inspect/page", "../../effect/channels.ts"],
    ["src/inspect", "xstate"],
    ["src/host/life", "../../inspect/server.ts"],
    ["actors", "../src/host/realm.ts"],
    ["actors", "effect/Effect"],
    ["actors/logic", "../../src/host/realm.ts"],
    ["actors/supervision", "effect/Effect"],
    ["tests", "node:assert"],
  ].map(([room = "", specifier = ""]) => ({
    file: `${room}/planted.ts`,
    text: importing(specifier),
    rule: "no-restricted-imports",
  })),
  ...["Deno", "Bun", "Worker", "navigator", "postMessage", "process", "Atomics"].map((name) => ({
    file: "src/host/planted.ts",
    text: using(name),
    rule: "no-restricted-globals",
  })),
  ...["src/runtime", "src/runtime/deno", "src/host/life"].map((room) => ({
    file: `${room}/planted.ts`,
    text: using("Atomics"),
    rule: "no-restricted-globals",
  })),
  ...[
    "src/errors.ts",
    "src/primordials.ts",
    "src/codec/encoder.ts",
    "src/source/typescript_loader.ts",
  ]
    .map((file) => ({ file, text: using("String(1)"), rule: "no-restricted-globals" })),
  ...["src/channel/memory/ring.ts", "src/api/host.ts"].map((file) => ({
    file,
    text: using("Atomics"),
    rule: "no-restricted-globals",
  })),
  {
    file: "tests/planted.test.ts",
    text: 'import { test } from "node:test";\ntest.only("a", () => {});\n',
    rule: "no-restricted-properties",
  },
  {
    file: "tests/planted.test.ts",
    text: 'import { describe } from "node:test";\ndescribe("a", () => {});\n',
    rule: "no-restricted-imports",
  },
  {
    file: "src/codec/planted.ts",
    text: "export const f = (a?: string) => a!.length;\n",
    rule: "no-non-null-assertion",
  },
  { file: "src/api/planted.ts", text: 'console.log("a");\n', rule: "no-console" },
  {
    file: "src/api/planted.ts",
    text: "export default 1;\n",
    rule: "no-default-export",
  },
  { file: "src/api/planted.ts", text: "\n".repeat(400) + using("1"), rule: "max-lines" },
  {
    file: "src/api/planted.ts",
    text:
      "export function f(a: number, b: number, c: number, d: number) {\n  return a + b + c + d;\n}\n",
    rule: "max-params",
  },
];

/** Lints every planted file; what was not caught is returned, one line each. */
export function lintPlanted(oxlint: string, config: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-planted-"));
  try {
    PLANTED.forEach(({ file, text }, index) => {
      const path = join(folder, String(index), file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    });
    const { stdout } = spawnSync(oxlint, ["-c", config, "-f", "json", folder], {
      encoding: "utf8",
    });
    const { diagnostics } = JSON.parse(stdout) as {
      readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
    };
    return PLANTED.flatMap(({ file, text, rule }, index) => {
      const path = join(folder, String(index), file);
      const isCaught = diagnostics.some(({ code, filename }) =>
        code.includes(`(${rule})`) && path.endsWith(filename.replace(/^(\.\.\/)+/, ""))
      );
      return isCaught ? [] : [`${rule} does not catch this in ${file}: ${text.trim()}`];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
