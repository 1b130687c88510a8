// Which files are TypeScript. Node's hook for them runs in a thread of its own on Node 20, and knows
// nothing else of the module.

/** URLs of TypeScript files; the first group is `m`, `c` or nothing. */
export const TYPESCRIPT_FILE: RegExp = /^file:[^?#]*\.([mc]?)ts(?:[?#]|$)/;
