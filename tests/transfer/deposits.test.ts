// What waits in the host for the receivers of items: how much of it, how long, and what a
// hostile sender may deposit.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Channel } from "subinterpreters/src/channel/channel.ts";
import { setDeposits } from "subinterpreters/src/channel/deposits.ts";
import { eachClaim } from "subinterpreters/src/channel/memory/claims.ts";
import {
  type DepositHost,
  KeptDeposits,
  keyOf,
} from "subinterpreters/src/host/channels/deposits.ts";
import { checkGuestFrame, checkPacked } from "subinterpreters/src/protocol/check.ts";
import { until } from "../helpers/until.ts";

const GUEST = 5;
const CHANNEL = 7;

/** Deposits of one open channel, in which the items of these keys wait. */
function keeping(claims: Set<string>, isOpen = () => true): KeptDeposits {
  const host: DepositHost = { isOpen, claimsIn: () => claims, drain: () => {} };
  return new KeptDeposits(host, { closed: 5, unclaimed: 20 });
}

function deposit(...pieces: readonly ArrayBuffer[]) {
  return { channel: CHANNEL, pieces, channels: [] };
}

const claim = (token: number) => ({ channel: CHANNEL, sender: GUEST, token });

test("what one interpreter moves is bounded by its bytes until somebody receives it", () => {
  const kept = keeping(new Set());
  // Nothing is written to it, so it takes no memory.
  const gibibyte = new ArrayBuffer(2 ** 30);
  for (let token = 1; token <= 20; token++) kept.add(GUEST, token, deposit(gibibyte));
  const tokens = Array.from({ length: 20 }, (_, n) => n + 1);
  const there = tokens.filter((token) => kept.take(claim(token)) !== undefined);
  assert.deepEqual(there, tokens.slice(0, 9));
  kept.add(GUEST, 1, deposit(gibibyte));
  assert.ok(kept.take(claim(1)) !== undefined, "there is room again");
});

test("a receiver that dies with an item that it has not asked for leaves nothing behind", async () => {
  const claims = new Set([keyOf(GUEST, 1), keyOf(GUEST, 2)]);
  const kept = keeping(claims);
  for (const token of [1, 2, 3]) kept.add(GUEST, token, deposit(new ArrayBuffer(8)));
  // Somebody has taken the first item. The third is about to be sent, and is sent in time.
  claims.delete(keyOf(GUEST, 1));
  kept.onGone();
  claims.add(keyOf(GUEST, 3));
  // An item that is taken later than that stays: its receiver lives.
  claims.delete(keyOf(GUEST, 2));
  await until(() => {
    const first = kept.take(claim(1));
    if (first !== undefined) kept.add(GUEST, 1, first);
    return first === undefined;
  });
  assert.deepEqual([2, 3].map((token) => kept.take(claim(token)) !== undefined), [true, true]);
});

test("what belongs to a closed channel is forgotten", async () => {
  let isOpen = true;
  const kept = keeping(new Set([keyOf(GUEST, 1)]), () => isOpen);
  kept.add(GUEST, 1, deposit(new ArrayBuffer(8)));
  isOpen = false;
  kept.onClosed();
  await until(() => {
    const found = kept.take(claim(1));
    if (found !== undefined) kept.add(GUEST, 1, found);
    return found === undefined;
  });
});

test("a channel tells which deposits its items refer to", () => {
  let last = 2 ** 31;
  setDeposits({ deposit: () => last++, discard: () => {}, withdraw: () => [] });
  const buffer = Channel.allocate(CHANNEL, { unboundItems: "keep", capacity: 2 ** 16 });
  const channel = new Channel(buffer, GUEST);
  const claimed = () => {
    const found: [number, number][] = [];
    eachClaim(buffer, (sender, token) => found.push([sender, token]));
    return found;
  };
  channel.sendNowait("nothing");
  channel.sendNowait(new SharedArrayBuffer(1));
  const moved = new ArrayBuffer(8);
  // With long contents of another buffer the token stands elsewhere.
  channel.sendNowait([new Uint8Array(2 ** 15), moved], { buffers: [moved] });
  assert.deepEqual(claimed(), [[GUEST, 2 ** 31], [GUEST, 2 ** 31 + 1]]);
  channel.tryRecv();
  assert.throws(() => channel.tryRecv(), { name: "ChannelError" });
  assert.deepEqual(claimed(), [[GUEST, 2 ** 31 + 1]]);
});

test("the host takes pieces of the known kinds alone, and no resizable buffer", () => {
  const frame = (pieces: unknown) => {
    return checkGuestFrame({ type: "deposit", channel: 1, token: 1, pieces, channels: [] });
  };
  const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const good = [new ArrayBuffer(1), new SharedArrayBuffer(1), module];
  assert.deepEqual(frame(good), {
    type: "deposit",
    channel: 1,
    token: 1,
    pieces: good,
    channels: [],
  });
  const bad = [new ArrayBuffer(1, { maxByteLength: 2 }), new Uint8Array(1), {}, null, 1];
  for (const piece of bad) {
    assert.equal(frame([piece]), undefined);
    const bytes = new Uint8Array(1);
    assert.equal(checkPacked({ bytes, shared: [piece], channels: [] }), undefined);
  }
});
