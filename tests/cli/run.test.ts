// `subinterpreters run`: files in interpreters of their own, and how the process ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cli, folderWith } from "../helpers/cli.ts";
import { runtime } from "../helpers/runtime.ts";

const SLOW = { timeout: 120_000 };

test(
  "run prints what the file prints, and hands it its name and what stands behind --",
  SLOW,
  async (t) => {
    const at = await folderWith(t, {
      "a.ts": `import { word } from "./b.ts";
      const args: string[] = process.argv.slice(1);
      console.log(word, JSON.stringify(args));`,
      "b.ts": "export const word: string = 'beside';",
    });
    const { code, stdout, stderr } = await cli(["run", at("a.ts"), "--", "-x", "--json", "--"]);
    assert.equal(stderr, "");
    assert.equal(stdout, `beside ${JSON.stringify([at("a.ts"), "-x", "--json", "--"])}\n`);
    assert.equal(code, 0);
  },
);

test("run imports a file that exports, which is a module", SLOW, async (t) => {
  const at = await folderWith(t, {
    "m.ts":
      "export const n: number = 1;\nconsole.log(n);\nfunction f(): never { throw new TypeError('no'); }\nf();",
  });
  const { code, stdout, stderr } = await cli(["run", at("m.ts")]);
  assert.equal(stdout, "1\n");
  assert.match(stderr, /^Uncaught TypeError: no\n +at f \(.*m\.ts:3:\d+\)\n/);
  assert.doesNotMatch(stderr, /src\/cli|subinterpreters:run/);
  assert.equal(code, 1);
});

test("run shows the source's own stack with its causes, and no other", SLOW, async (t) => {
  const at = await folderWith(t, {
    "bad.ts":
      "function f(n: number): never {\n  throw Object.assign(new RangeError('far', { cause: new Error('why') }), { code: 7 });\n}\nf(1);",
  });
  const { code, stdout, stderr } = await cli(["run", at("bad.ts")]);
  assert.equal(stdout, "");
  assert.match(stderr, /^Uncaught RangeError: far\n +at f \(.*bad\.ts:2:\d+\)\n.*bad\.ts:4:\d/);
  assert.match(stderr, /\[cause\]: Error: why\n/);
  assert.match(stderr, /code: 7/);
  assert.doesNotMatch(stderr, /node_modules|src\/(cli|host|guest)/);
  assert.equal(code, 1);
});

test(
  "run ends with the exit code of the source, of its timeout, and of its memory",
  SLOW,
  async (t) => {
    const at = await folderWith(t, {
      "exit.js": "process.exit(7);",
      "loop.js": "for (;;);",
      "fill.js": "const all = []; for (;;) all.push({ n: all.length });",
    });
    assert.equal((await cli(["run", at("exit.js")])).code, 7);
    const late = await cli(["run", "--timeout", "300ms", at("loop.js")]);
    assert.deepEqual([late.code, late.stderr], [
      124,
      "subinterpreters: stopped after 300 ms, its --timeout\n",
    ]);
    const full = await cli(["run", "--memory", "32MiB", at("fill.js")]);
    if (runtime === "bun") {
      assert.equal(full.code, 2);
      assert.match(full.stderr, /^subinterpreters: Cannot .*Bun/);
    } else {
      assert.deepEqual([full.code, full.stderr], [
        137,
        "subinterpreters: stopped: it needed more than 32 MiB, its --memory\n",
      ]);
    }
  },
);

test("run awaits the promise that a file ends in, and fails as it does", SLOW, async (t) => {
  const at = await folderWith(t, {
    "main.ts": `async function main(): Promise<never> {
      await new Promise((go) => setTimeout(go, 50));
      console.log("awaited");
      throw new RangeError("too late");
    }
    main();`,
    "function.js": "console.log(1); (() => 2);",
  });
  for (const flags of [[], ["--json"]]) {
    const { code, stdout, stderr } = await cli(["run", ...flags, at("main.ts")]);
    assert.match(stdout, /awaited/);
    assert.match(stdout + stderr, /RangeError.*too late/);
    assert.equal(code, 1);
  }
  const { code, stdout, stderr } = await cli(["run", at("function.js")]);
  assert.deepEqual([code, stdout, stderr], [0, "1\n", ""]);
});

test("run --json prints one line for each file, in their order", SLOW, async (t) => {
  const at = await folderWith(t, {
    "1.ts": "console.log('out'); console.error('err'); ({ a: [1, 2] })",
    "2.ts": "throw new TypeError('no')",
    "3.ts": "1n",
  });
  const { code, stdout } = await cli(["run", "--json", ...["1.ts", "2.ts", "3.ts"].map(at)]);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(code, 1);
  const [first, second, third] = lines;
  assert.equal(lines.length, 3);
  assert.deepEqual([first.file, first.ok, first.exitCode], [at("1.ts"), true, 0]);
  assert.deepEqual([first.value, first.stdout, first.stderr], [{ a: [1, 2] }, "out\n", "err\n"]);
  assert.equal(typeof first.ms, "number");
  assert.deepEqual([second.ok, second.exitCode, second.error.name], [false, 1, "TypeError"]);
  assert.deepEqual([third.ok, "value" in third, third.text], [true, false, "1n"]);
});

test("run - reads source from standard input", SLOW, async () => {
  const stdin = { text: "const a: number = 6;\nconsole.log(a * 7)\n", end: true };
  const { code, stdout } = await cli(["run", "-"], { stdin });
  assert.deepEqual([code, stdout], [0, "42\n"]);
});

test("run hands the process's standard input to the one file", SLOW, async (t) => {
  const at = await folderWith(t, {
    "read.ts": "for await (const text of process.stdin) console.log(String(text).trim());",
  });
  const { stdout } = await cli(["run", at("read.ts")], { stdin: { text: "given\n", end: true } });
  assert.equal(stdout, "given\n");
});

test("run refuses what is no source in one line each", SLOW, async (t) => {
  const at = await folderWith(t, {
    "main.ts": "",
    "bytes.ts": new Uint8Array([1, 0, 2]),
    "latin.ts": new Uint8Array([0xe9, 0x20]),
  });
  for (
    const [file, expected] of [
      ["mian.ts", `there is no such file; did you mean "${at("main.ts")}"?`],
      ["bytes.ts", "it is not text, byte 1 is 0"],
      ["latin.ts", "it is not text in UTF-8"],
      [".", "it is a directory; name a file in it"],
    ] as const
  ) {
    const { code, stdout, stderr } = await cli(["run", at(file)]);
    assert.deepEqual([code, stdout], [2, ""], file);
    assert.equal(stderr, `subinterpreters: Cannot run "${at(file)}": ${expected}\n`);
  }
});

test("run refuses what has no end as soon as it cannot be source", SLOW, async () => {
  const { code, stderr } = await cli(["run", "/dev/zero"]);
  assert.deepEqual([code, stderr], [
    2,
    'subinterpreters: Cannot run "/dev/zero": it is not text, byte 0 is 0\n',
  ]);
  const long = { text: "//".repeat(2 ** 25 + 1), end: true };
  const tooLong = await cli(["run", "-"], { stdin: long });
  assert.deepEqual([tooLong.code, tooLong.stderr], [
    2,
    'subinterpreters: Cannot run "-": it has more than 64 MiB\n',
  ]);
});

test(
  "unknown commands and flags are answered with the nearest, and wrong values with right ones",
  SLOW,
  async () => {
    for (
      const [args, expected] of [
        [["rnu"], /unknown command 'rnu'\n\(Did you mean run\?\)/],
        [
          ["run", "--timout", "5s", "a.ts"],
          /unknown option '--timout'\n\(Did you mean --timeout\?\)/,
        ],
        [
          ["run", "--timeout", "soon", "a.ts"],
          /'soon' is invalid. A duration is .*: 500ms, 5s, 2m/,
        ],
        [["run", "--memory", "1", "a.ts"], /'1' is invalid. Memory is 16MiB or more/],
        [["run", "--allow", "raed", "a.ts"], /There is no permission "raed": read, write/],
        [["run"], /missing required argument 'file'/],
        [["completions", "tcsh"], /no completions for "tcsh": name bash/],
      ] as const
    ) {
      const { code, stdout, stderr } = await cli(args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, expected);
      assert.match(stderr, /^subinterpreters: /);
      assert.doesNotMatch(stderr, /^ +at /m);
    }
  },
);

test("run ends at once with 130 when Ctrl-C comes, and with 143 at SIGTERM", SLOW, async (t) => {
  const at = await folderWith(t, { "loop.js": "console.log('begun'); for (;;);" });
  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const { code, stdout, stderr } = await cli(["run", at("loop.js")], {
      signalAfter: { text: "begun", signal },
    });
    assert.deepEqual([code, stdout, stderr], [expected, "begun\n", ""]);
  }
});

test("run --permissions none keeps source from files, or is refused", SLOW, async (t) => {
  const at = await folderWith(t, {
    "a.ts": "import { readFileSync } from 'node:fs'; readFileSync(process.argv[1] ?? '')",
  });
  const env = { DENO_NO_PROMPT: "1" };
  const { code, stderr } = await cli(["run", "--permissions", "none", at("a.ts")], { env });
  assert.equal(code, runtime === "deno" ? 1 : 2);
  if (runtime === "deno") assert.match(stderr, /^Uncaught NotCapable: Requires read access/);
  else assert.match(stderr, /^subinterpreters: Cannot create an interpreter: (Bun|Node) cannot/);
  const allowed = await cli(["run", "--allow", `read=${at("")}`, at("a.ts")], { env });
  assert.equal(allowed.code, runtime === "deno" ? 0 : 2, allowed.stderr);
});

test("run begins no further file once Ctrl-C has come", SLOW, async (t) => {
  const at = await folderWith(t, {
    "1.js": "console.log('begun'); for (;;);",
    "2.js": "console.log('never');",
  });
  const { code, stdout, stderr } = await cli(["run", "--jobs", "1", at("1.js"), at("2.js")], {
    signalAfter: { text: "begun", signal: "SIGINT" },
  });
  assert.deepEqual([code, stdout, stderr], [130, "begun\n", ""]);
});

test("run takes the next file as soon as one has ended", SLOW, async (t) => {
  const at = await folderWith(t, {
    "loop.js": "for (;;);",
    "1.js": "console.log(1)",
    "2.js": "console.log(2)",
    "3.js": "console.log(3)",
  });
  const files = ["loop.js", "1.js", "2.js", "3.js"].map(at);
  const { code, stdout } = await cli(["run", "--jobs", "2", ...files], {
    signalAfter: { text: "3\n", signal: "SIGINT" },
  });
  assert.deepEqual([code, stdout], [130, "1\n2\n3\n"]);
});
