// The test files as JavaScript, for Node: a process that compiles TypeScript needs half a second
// more before its first test, and each test file is a process of its own there.

import { build, transform } from "esbuild";
import { mkdtemp, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Preloaded where compiled files run: makes errors show the lines of the sources. */
export const SOURCE_MAPS = "data:text/javascript,process.setSourceMapsEnabled(true)";

/** What to compile, and for which package. */
export interface Compilation {
  /** The folder of the project. */
  readonly root: string;
  /** Test files, relative to `root`. */
  readonly files: readonly string[];
  /** The folder of the built package that the tests are to import. */
  readonly built: string;
}

/** Compiles the files into the folder of the built package; resolves to what became of each. */
export async function compile(
  { root, files, built }: Compilation,
): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(built, "tests-"));
  await build({
    absWorkingDir: root,
    entryPoints: [...files],
    outdir: folder,
    outbase: root,
    // What several files import stands in chunks: fewer files to find and read.
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.11",
    packages: "external",
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "error",
    plugins: [{
      name: "as if it were where the source is",
      setup(hooks) {
        // By their names, so that the paths of tsconfig.json do not lead to the sources.
        hooks.onResolve({ filter: /^subinterpreters(?:\/|$)/ }, ({ path }) => ({
          path: path.replace(/^subinterpreters\/(src\/.*)\.ts$/, join(built, "dist/$1.js")),
          external: true,
        }));
        hooks.onLoad({ filter: /\.(?:ts|mjs)$/ }, async ({ path }) => {
          const { code: contents } = await transform(await readFile(path, "utf8"), {
            loader: "ts",
            target: "node20.11",
            sourcemap: "inline",
            sourcefile: path,
            // Fixtures are found beside the source.
            define: { "import.meta.url": JSON.stringify(pathToFileURL(path).href) },
          });
          return { contents, loader: "js", resolveDir: dirname(path) };
        });
      },
    }],
  });
  const outputOf = (file: string) => join(folder, file.replace(/\.ts$/, ".js"));
  return new Map(files.map((file) => [file, outputOf(file)]));
}
