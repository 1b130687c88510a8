// Preloaded into `deno test`: makes Deno as strict as Bun and Node. Deno 2.9 prevents
// `error` events while a node:test test is pending, so what a timer throws is swallowed
// and the run passes (measured; ext/node/polyfills/testing.ts). A rejection it does see.

globalThis.addEventListener("error", (event) => {
  // Left unhandled on purpose: that is what fails the running test.
  void Promise.reject(event.error);
});
