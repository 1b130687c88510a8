// Who may read the live view: whoever has its address, which has a token that nobody can guess. The
// `Host` header must name this machine, too: a page of another site that makes its own name point
// here (DNS rebinding) shows by that.

import { timingSafeEqual } from "node:crypto";

const TOKEN_BYTES = 24;

/** A token that nobody can guess. */
export function makeToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url");
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function isSame(given: string | null, token: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether a `Host` header names this machine and the port. */
export function isLocal(header: string | undefined, port: number): boolean {
  return ["127.0.0.1", "[::1]", "localhost"].some((host) =>
    header === `${host}:${port}` || (port === 80 && header === host)
  );
}

/** Headers of each answer. @param nonce Marks the style and the script that belong to the page. */
export function headersFor(nonce: string): Readonly<Record<string, string>> {
  return {
    "cache-control": "no-store",
    "content-security-policy": [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
