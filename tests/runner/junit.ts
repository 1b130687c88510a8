// Reads test cases out of a JUnit file. Knows what the reporters of Deno, Bun and
// Node have in common (a `testcase` with a name, at any depth) and nothing else.

import { SaxesParser } from "saxes";

/** One test as a runtime reported it. */
export interface TestCase {
  readonly name: string;
  /** Whether it ran and nothing spoke against it: neither failed nor skipped. */
  readonly passed: boolean;
  /** The file that it is in, relative to the project. */
  readonly file: string;
  readonly seconds: number;
}

/** What a JUnit file says. */
export interface Report {
  readonly cases: readonly TestCase[];
  /** Whether the file was whole; a runtime that ended too early leaves half of one. */
  readonly isWellFormed: boolean;
}

const VERDICTS_AGAINST = new Set(["failure", "error", "skipped"]);

/** Reads the text of a JUnit file; where it names no file of a test, that one is meant. */
export function readReport(xml: string, file = ""): Report {
  const cases: (TestCase & { passed: boolean })[] = [];
  let suite = file;
  let isWellFormed = true;
  const parser = new SaxesParser();
  parser.on("error", () => {
    isWellFormed = false;
  });
  parser.on("opentag", ({ name, attributes }) => {
    // Deno and Bun have a suite for each file, which the file's path is the name of.
    if (name === "testsuite") suite = attributes.name?.replace(/^\.\//, "") ?? file;
    if (name === "testcase") {
      const seconds = Number(attributes.time ?? 0);
      cases.push({
        ...{ name: unescapeQuotes(attributes.name ?? ""), passed: true },
        ...{ file: suite, seconds },
      });
    } else if (VERDICTS_AGAINST.has(name)) {
      const current = cases.at(-1);
      if (current !== undefined) current.passed = false;
    }
  });
  parser.write(xml).close();
  return { cases, isWellFormed };
}

/** Node 20 escapes the quotes of a name twice (measured; 22 does not). */
function unescapeQuotes(name: string): string {
  return name.replaceAll("&quot;", '"');
}
