// The page of the live view. Its text is made out of the files beside this one (`.ci/page.mjs`),
// because neither JSR nor a bundle can load anything but modules.

import { PAGE } from "./text.ts";

/** The page. @param nonce Marks its style and its script, which the browser lets pass for that. */
export function pageWith(nonce: string): string {
  return PAGE.replaceAll('nonce="NONCE"', `nonce="${nonce}"`);
}
