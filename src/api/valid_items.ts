// Items of a channel on their way through the schema of a handle. What has been taken and
// cannot be handed out by a call that does not wait returns to the channel.

import type { Channel, Received } from "../channel/channel.ts";
import { atCaller, type Caller, callerHere } from "./caller.ts";
import { checkKeys, isThenable } from "./checks.ts";
import type { RecvChannelOptions } from "./options.ts";
import { checkSchema, Validator } from "./validation.ts";

// Taken now: source may declare names of its own that hide these.
const { WeakMap } = globalThis;

/** The validators of handles, for `subinterpreters/effect`. */
const validators = new WeakMap<object, Validator<unknown>>();

/** The validator of a handle that was made with a schema. */
export function validatorOf(end: object): Validator<unknown> | undefined {
  return validators.get(end);
}

/** The validator of a new handle, if its options have a schema; checks them. */
export function itemValidator<T>(
  end: { readonly id: number },
  options: RecvChannelOptions<T>,
): Validator<T> | undefined {
  const what = "Cannot make a RecvChannel";
  checkKeys(what, options, ["schema"]);
  if (options.schema === undefined) return undefined;
  const { id } = end;
  const validator = new Validator(checkSchema(`${what}: schema`, options.schema), {
    what: `Cannot receive from channel ${id}: the item`,
    fate: "and is dropped",
    remedy: "receive with recv()",
    place: { channel: id },
  });
  validators.set(end, validator);
  return validator;
}

/** The item that comes; if there is a schema, when it has been validated. */
export function validLater<T>(
  validator: Validator<T> | undefined,
  item: Promise<unknown>,
): Promise<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without a schema the type is a claim of the user's
  if (validator === undefined) return item as Promise<T>;
  return validated(validator, item, callerHere());
}

async function validated<T>(
  validator: Validator<T>,
  item: Promise<unknown>,
  caller: Caller,
): Promise<T> {
  const taken = await item;
  try {
    return (await validator.check(taken)).value;
  } catch (error) {
    throw atCaller(error, caller);
  }
}

/** The item that the channel has just given, for calls that do not wait. */
export function validNow<T>(
  validator: Validator<T> | undefined,
  channel: Channel,
  item: unknown,
): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in validLater
  if (validator === undefined) return item as T;
  const { place } = channel;
  return validator.checkNow(item, () => channel.putBack({ item, place }));
}

/** What has been received already, and how many items there may be in all. */
interface Batch<T> {
  readonly first: T;
  readonly max: number;
}

/** The first item, and behind it what else is there, up to the first that does not fit. */
export async function moreValid<T>(
  validator: Validator<T> | undefined,
  channel: Channel,
  batch: Batch<T>,
): Promise<T[]> {
  if (validator === undefined) return more(channel, batch);
  const items = [batch.first];
  while (items.length < batch.max) {
    const received = takeOne(channel);
    if (received === undefined) break;
    try {
      const valid = validator.check(received.item);
      items.push(isThenable(valid) ? (await valid).value : valid.value);
    } catch {
      // The next receive takes it again, and throws.
      channel.putBack(received);
      break;
    }
  }
  return items;
}

/** As `moreValid`, without waiting for a schema. */
export function moreValidNow<T>(
  validator: Validator<T> | undefined,
  channel: Channel,
  batch: Batch<T>,
): T[] {
  if (validator === undefined) return more(channel, batch);
  const items = [batch.first];
  while (items.length < batch.max) {
    const received = takeOne(channel);
    if (received === undefined) break;
    try {
      items.push(validator.checkNow(received.item, () => {}));
    } catch {
      // The next receive takes it again, and throws.
      channel.putBack(received);
      break;
    }
  }
  return items;
}

function more<T>(channel: Channel, { first, max }: Batch<T>): T[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in validLater
  return channel.tryRecvMany(first, max) as T[];
}

/** An item that is there, if nobody else waits for it. */
function takeOne(channel: Channel): Received | undefined {
  const taken = channel.tryRecvMany(undefined, 2);
  return taken.length < 2 ? undefined : { item: taken[1], place: channel.place };
}
