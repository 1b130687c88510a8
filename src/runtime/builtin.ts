// The runtime's own modules as objects that can be changed. Bun fixes what
// `import … from "node:fs"` gives at the first such import, so nobody in a guest
// may import it that way before its writers are replaced (Bun 1.4, measured).

import { createRequire, syncBuiltinESMExports } from "node:module";

// Any path does: built-in modules are the same from everywhere.
const require = createRequire("file:///builtin.js");

/** `node:fs`, the one object that everybody gets. */
export const fs = require("node:fs") as typeof import("node:fs");

/** Makes changes of built-in modules show in what `import` gives. */
export function publishChanges(): void {
  syncBuiltinESMExports();
}
