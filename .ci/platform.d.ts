// The classes of the platform that the types of this package name, without any members. They merge
// with those of the DOM, of Node, Deno or Bun; where a program has none of these types, the names
// are still known. The build puts this file into the npm package.
/// <reference lib="esnext.disposable" />

interface AbortSignal {}
interface DOMException {}
// oxlint-disable-next-line typescript/no-explicit-any -- Declarations that merge must have the same defaults.
interface ReadableStream<R = any> {}
interface URL {}
// oxlint-disable-next-line typescript/no-explicit-any -- Declarations that merge must have the same defaults.
interface WritableStream<W = any> {}
declare namespace WebAssembly {
  interface Module {}
}
