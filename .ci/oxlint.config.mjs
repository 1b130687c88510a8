// The lint rules, and the room rules (docs/architecture.md): what each folder of src/
// may import and which globals it may touch. `npm run check` also plants a violation
// of each room rule and expects it to be caught.

import { readFileSync } from "node:fs";

/** The files that run in a thread beside source, as esbuild names them in what it makes. */
const BESIDE_SOURCE = readFileSync(new URL("../src/guest/bundle.js", import.meta.url), "utf8")
  .match(/(?<=^\/\/ )src\/.*\.ts$/gm).concat("src/source/typescript_loader.ts");

/** Globals of the web and of a runtime that not every Node has. */
const MORE_GLOBALS = ["Iterator", "WebSocket", "addEventListener", "alert", "close", "confirm"]
  .concat("dispatchEvent", "postMessage", "prompt", "removeEventListener", "reportError", "self");

/**
 * Source may replace a global, and then whatever reads it later gets what source put there.
 * A constant of the file's own, taken while the file loads, satisfies the rule.
 */
const REPLACEABLE = [...new Set(Object.getOwnPropertyNames(globalThis).concat(MORE_GLOBALS))]
  .filter((name) => !["globalThis", "undefined", "Infinity", "NaN"].includes(name))
  .map((name) => ({
    name,
    message: `Source may replace it: \`const { ${name} } = globalThis;\` at the top of the file.`,
  }));

/** Rooms from the lowest level up; a room imports from its own or a lower level. */
const LEVELS = [
  ["codec"],
  ["channel", "protocol"],
  ["runtime"],
  ["stdio"],
  ["confine"],
  ["api"],
  ["source", "guest", "actors"],
  ["executor"],
  ["host"],
  ["effect", "inspect"],
  ["cli"],
];

/** Every foreign thing has one door: the rooms that may import it. */
const FOREIGN = [
  { group: ["xstate"], rooms: ["actors", "executor", "host"] },
  { group: ["effect/*"], rooms: ["host", "effect"] },
  { group: ["acorn", "acorn-walk", "@swc/wasm-typescript"], rooms: ["source"] },
  { group: ["node:worker_threads"], rooms: ["runtime"] },
  { group: ["commander", "@bomb.sh/*", "fastest-levenshtein"], rooms: ["cli"] },
];

/** Globals that one room has for itself. */
const GLOBALS = [
  ...["Deno", "Bun", "Worker", "navigator", "postMessage", "process"].map((name) => ({
    name,
    room: "runtime",
  })),
  { name: "Atomics", room: "channel" },
];

/** @param depth How many folders below the room's own the file lies. */
function roomRules(room, depth) {
  const level = LEVELS.findIndex((rooms) => rooms.includes(room));
  const closed = LEVELS.flatMap((rooms, at) => (at < level ? [] : rooms)).filter((one) =>
    one !== room
  );
  const out = "../".repeat(depth + 1);
  const up = closed.map((one) => {
    if (room === "actors") return `${out}src/${one}/**`;
    return one === "actors" ? `${out}../actors/**` : `${out}${one}/**`;
  });
  const far = FOREIGN.filter(({ rooms }) => !rooms.includes(room)).flatMap(({ group }) => group);
  return {
    "no-restricted-imports": ["error", {
      paths: [
        { name: "effect", message: "Import submodules (effect/Queue), never all of effect." },
        { name: "subinterpreters", message: "Nobody inside imports a door; import the file." },
      ],
      patterns: [
        { group: up, message: "A room imports from its own or a lower level." },
        { group: far, message: "Every foreign thing has one door." },
        { group: ["../**/mod.ts"], message: "Nobody inside imports a door; import the file." },
      ].filter(({ group }) => group.length > 0),
    }],
    "no-restricted-globals": ["error", ...foreignGlobals(room)],
  };
}

function foreignGlobals(room) {
  return GLOBALS.filter((global) => global.room !== room).map((global) => ({
    name: global.name,
    message: `That lives in src/${global.room}/.`,
  }));
}

const DEPTHS = [0, 1];

/** Of `actors/` by their names: a copy of the project may lie in a folder that is called so, too. */
function foldersOf(room, depth) {
  return room === "actors" && depth > 0 ? "{logic,supervision}/" : "*/".repeat(depth);
}

const rooms = LEVELS.flat().flatMap((room) =>
  DEPTHS.map((depth) => ({
    files: [`**/${room === "actors" ? "actors" : `src/${room}`}/${foldersOf(room, depth)}*.ts`],
    rules: roomRules(room, depth),
  }))
);

/** The command line is a program like any other: what it imports of the rest are the doors. */
const onlyDoors = DEPTHS.map((depth) => {
  const out = "../".repeat(depth + 1);
  return {
    files: [`**/src/cli/${"*/".repeat(depth)}*.ts`],
    rules: {
      "no-restricted-imports": ["error", {
        patterns: [{
          group: [`${out}*/**`, `${out}../*/**`, `!${out}../mod.ts`],
          message: "The command line has the public API alone: import mod.ts.",
        }],
      }],
    },
  };
});

/** For each room its files that run beside source; "" is src/ itself. */
const besideSource = ["", ...LEVELS.flat()].map((room) => {
  const foreign = foreignGlobals(room);
  const names = foreign.map(({ name }) => name);
  return {
    files: BESIDE_SOURCE.filter((file) => room === (/^src\/(.*?)\//.exec(file)?.[1] ?? ""))
      .map((file) => `**/${file}`),
    rules: {
      "no-restricted-globals": [
        "error",
        ...foreign,
        ...REPLACEABLE.filter(({ name }) => !names.includes(name)),
      ],
    },
  };
}).filter(({ files }) => files.length > 0);

/** Where a cast or a "!" has its reason beside it. */
const WITHOUT_CASTS = ["**/src/codec/*.ts", "**/src/channel/**", "**/src/source/*.ts"]
  .concat("**/src/api/**", "**/src/effect/*.ts", "**/src/*.ts")
  .concat("**/src/inspect/**", "**/src/host/**", "**/src/executor/**", "**/actors/*.ts")
  .concat("**/actors/{logic,supervision}/*.ts")
  .concat("**/src/protocol/*.ts", "**/src/guest/*.ts")
  .concat("**/src/runtime/**", "**/src/stdio/**", "**/src/confine/**");

const NEVER_SKIPPED = ["skip", "only", "todo"];

export default {
  plugins: ["typescript", "import", "promise", "node", "oxc"],
  categories: { correctness: "error", suspicious: "error" },
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
    "typescript/no-floating-promises": ["error", {
      allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }],
    }],
    "typescript/no-misused-promises": "error",
    "typescript/only-throw-error": "error",
    "typescript/switch-exhaustiveness-check": ["error", {
      considerDefaultExhaustiveForUnions: true,
    }],
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "max-lines": ["error", { max: 400 }],
    "max-params": ["error", { max: 3 }],
    "no-console": "error",
    "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],

    // The doors fill the realm's slot by an import for its effect alone.
    "import/no-unassigned-import": "off",
    "import/no-named-as-default-member": "off",
    // `_tag` is Effect's name.
    "no-underscore-dangle": "off",
    "promise/always-return": "off",
    "promise/no-promise-in-callback": "off",
    // XState's setup() takes its types as casts.
    "typescript/no-unnecessary-type-assertion": "off",
    // tsc does these better.
    "typescript/consistent-return": "off",
    "typescript/no-unsafe-type-assertion": "off",
    // `evaluate<T>` says what the caller knows.
    "typescript/no-unnecessary-type-parameters": "off",
    // Atomics and other threads change what the linter cannot see changing.
    "no-unmodified-loop-condition": "off",
  },
  overrides: [
    ...rooms,
    ...onlyDoors,
    ...besideSource,
    {
      files: WITHOUT_CASTS,
      rules: {
        "typescript/no-unsafe-type-assertion": "error",
        "typescript/no-non-null-assertion": "error",
      },
    },
    // There a test of each word or byte would cost what the design has saved.
    { files: ["**/src/channel/**"], rules: { "typescript/no-non-null-assertion": "off" } },
    {
      files: ["**/src/errors.ts"],
      rules: {
        "no-restricted-imports": ["error", {
          patterns: [{ group: ["*", "./*", "../*"], message: "Everybody imports this file." }],
        }],
      },
    },
    // It imports nothing, for the sake of the time that a thread takes to start.
    {
      files: ["**/src/guest/entry.ts"],
      rules: { "no-restricted-globals": "off", "no-restricted-imports": "off" },
    },
    // The door of the actors makes sure that there is a host for them to act on.
    { files: ["**/actors/mod.ts"], rules: { "no-restricted-imports": "off" } },
    {
      files: ["**/tests/**"],
      rules: {
        "typescript/no-unsafe-type-assertion": "off",
        "typescript/no-non-null-assertion": "off",
        "no-restricted-globals": "off",
        "typescript/no-implied-eval": "off",
        "no-restricted-properties": [
          "error",
          ...["test", "t"].flatMap((object) =>
            NEVER_SKIPPED.map((property) => ({
              object,
              property,
              message: "Every test runs; what a runtime cannot do is an UnsupportedError there.",
            }))
          ),
        ],
        "no-restricted-imports": ["error", {
          paths: [
            {
              name: "node:test",
              importNames: ["describe", "it", "suite", "before", "after", "beforeEach", "afterEach"]
                .concat(NEVER_SKIPPED),
              message: "Flat tests and t.after(): then counts agree on all runtimes.",
            },
            { name: "node:assert", message: "Import node:assert/strict." },
            { name: "effect", message: "Import submodules (effect/Queue), never all of effect." },
          ],
        }],
      },
    },
    {
      files: [
        "**/*.mjs",
        "**/check.ts",
        "**/tests/run.ts",
        "**/tests/helpers/**",
        "**/bench/**",
      ]
        .concat(
          "**/examples/**",
        ),
      rules: { "no-console": "off" },
    },
    {
      files: ["**/oxlint.config.mjs", "**/.vitepress/**"],
      rules: { "import/no-default-export": "off" },
    },
  ],
};
