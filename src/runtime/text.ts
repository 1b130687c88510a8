// Evaluates a text of the module's own, which stands for a file that is not there (inlined.ts). It is a
// function of what it is given for `require` and `import.meta`.

import { builtin } from "./builtins.ts";

/** Evaluates such a text, and returns its `module.exports`. */
export function evaluateText(text: string, url: string): object {
  const { constants, Script } = builtin<typeof import("node:vm")>("node:vm");
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new Script(text, { filename: url, importModuleDynamically });
  const module = { exports: {} };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- .ci/texts.mjs makes these texts
  (script.runInThisContext() as Body)(builtin, { url }, module);
  return module.exports;
}

type Body = (
  require: (name: string) => object,
  here: { readonly url: string },
  module: { exports: object },
) => void;
