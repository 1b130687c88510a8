// The package's version, loaded only by whoever asks for it.

// oxlint-disable-next-line no-restricted-imports -- No door exports it, and there shall be one place for it.
export { VERSION } from "../api/first_copy.ts";
