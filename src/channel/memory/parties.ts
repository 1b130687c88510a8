// The party table: a row for each interpreter that uses a channel, at most one for each. Rows
// are taken and freed under SEND_LOCK. The store of ROW_OWNER commits.

import {
  MAX_ROWS,
  PARTIES,
  ROW_OWNER,
  ROW_RECV,
  ROW_SEND,
  ROW_WAITERS,
  ROW_WORDS,
  ROWS,
  UNUSED,
  USED,
} from "./layout.ts";

const { Atomics } = globalThis;
const { store } = Atomics;

/** No row. */
export const NO_ROW = -1;

/** How many rows to look at; never more than there are, whatever the header claims. */
export function rowCount(header: Int32Array): number {
  const claimed = header[ROWS]!;
  return claimed >= 0 && claimed <= MAX_ROWS ? claimed : MAX_ROWS;
}

/** The word index at which a row begins. */
export function rowBase(row: number): number {
  return PARTIES + row * ROW_WORDS;
}

/** The row of an interpreter, or NO_ROW. */
export function findRow(header: Int32Array, id: number): number {
  for (let row = 0; row < rowCount(header); row++) {
    if (header[rowBase(row) + ROW_OWNER] === id + 1) return row;
  }
  return NO_ROW;
}

/**
 * The row of an interpreter. If it has none it takes one now; NO_ROW if the table is full.
 *
 * Whoever dies before the store of ROW_OWNER has taken nothing: the row stays free.
 */
export function takeRow(header: Int32Array, id: number): number {
  const known = findRow(header, id);
  if (known !== NO_ROW) return known;
  const rows = rowCount(header);
  let row = 0;
  while (row < rows && header[rowBase(row) + ROW_OWNER] !== 0) row++;
  if (row === MAX_ROWS) return NO_ROW;
  const base = rowBase(row);
  header[base + ROW_SEND] = UNUSED;
  header[base + ROW_RECV] = UNUSED;
  header[base + ROW_WAITERS] = 0;
  if (row === rows) store(header, ROWS, rows + 1);
  store(header, base + ROW_OWNER, id + 1);
  return row;
}

/** Frees the row of an interpreter that is gone. */
export function freeRow(header: Int32Array, row: number): void {
  store(header, rowBase(row) + ROW_OWNER, 0);
}

/** Whether any interpreter uses either end. */
export function hasUsers(header: Int32Array): boolean {
  for (let row = 0; row < rowCount(header); row++) {
    const base = rowBase(row);
    if (header[base + ROW_OWNER] === 0) continue;
    if (header[base + ROW_SEND] === USED || header[base + ROW_RECV] === USED) return true;
  }
  return false;
}
