// Numbers as people read them.

const MISSING = "–";
const MIB = 2 ** 20;

/** Bytes. */
export function bytes(size: number | null): string {
  if (size === null) return MISSING;
  return size < MIB / 10 ? `${(size / 1024).toFixed(0)} KiB` : `${(size / MIB).toFixed(1)} MiB`;
}

/** A duration. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${ms.toFixed(0)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`;
}

/** A count. */
export function count(number: number | null): string {
  return number === null ? MISSING : Math.round(number).toLocaleString("en");
}

/** A share of one processor. */
export function share(part: number | null): string {
  return part === null ? MISSING : `${Math.round(part * 100)} %`;
}

/** A time of day. */
export function clock(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB");
}
