// How large the package is, and what it brings along: docs/size.md.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What an installation weighs. */
export interface Size {
  /** KB of the packed package, in steps of 500. */
  readonly packedKb: number;
  /** Whole MB on the disk by packages, the largest first. */
  readonly megabytes: readonly (readonly [name: string, mb: number])[];
}

const STEP_KB = 500;

/** Weighs what npm has installed in a folder. */
export function sizeOf(folder: string, tarball: string): Size {
  const lock = JSON.parse(
    readFileSync(join(folder, "node_modules/.package-lock.json"), "utf8"),
  ) as { readonly packages: Readonly<Record<string, unknown>> };
  const megabytes = Object.keys(lock.packages).map((path) =>
    [path.replace("node_modules/", ""), Math.ceil(bytesOf(join(folder, path)) / 1e6)] as const
  );
  return {
    packedKb: Math.ceil(statSync(tarball).size / 1_000 / STEP_KB) * STEP_KB,
    megabytes: megabytes.toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
  };
}

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => statSync(join(folder, file)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}

/** The text of docs/size.md. */
export function sizesFile({ packedKb, megabytes }: Size): string {
  const rows = [
    ["package", "MB on the disk, at most"],
    ...megabytes.map(([name, mb]) => [name, `${mb}`]),
  ];
  const widths = [0, 1].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...rest] = rows;
  const table = [
    line(head),
    `| ${widths.map((n) => "-".repeat(n)).join(" | ")} |`,
    ...rest.map(line),
  ];
  return `# How big it is

The package is less than ${packedKb} KB to download. \`npm install subinterpreters\` installs ${megabytes.length} packages:

${table.join("\n")}

Most of it is Effect, of which a program loads a few files, with its first wait. Programs that use
Effect or XState themselves have one copy of each. \`npm run check -- installed\` compares this page
with what npm installs.
`;
}
