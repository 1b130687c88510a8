// The types of a module in another interpreter, made of those of the module.

import type { TransferOptions } from "./options.ts";

/** What may end a call of a module's function, and what becomes of its interpreter then. */
export interface RemoteCallOptions {
  /** Ends the wait for the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * What becomes of a call that is aborted. With `"abandon"` the function goes on, and nobody
   * hears of its end; what has not begun does not run. `"terminate"` ends the interpreter.
   * @default "abandon"
   */
  readonly onAbort?: "abandon" | "terminate";
  /**
   * Longest wait in milliseconds, from the call on; it rejects with an
   * `InterpreterTerminatedError` whose `reason` is `"timeout"`. Of a generator it is the time
   * from the first `next()` to the end. Absent: no limit.
   */
  readonly timeout?: number;
  /**
   * What becomes of a call that takes too long, as `onAbort`. The error's `isInterpreterAlive`
   * says which it was.
   * @default "abandon"
   */
  readonly onTimeout?: "abandon" | "terminate";
}

/** Options of `withOptions`: what may end a call, and which buffers of its arguments move. */
export interface RemoteFunctionOptions extends RemoteCallOptions, TransferOptions {}

/** A function of a module in another interpreter. */
export interface RemoteFunction<A extends readonly unknown[], R> {
  /** Calls the function there, and resolves to a copy of its result. */
  (...args: A): Promise<Awaited<R>>;
  /**
   * The same function, each call of which these options may end. With `transfer` it can be
   * called once: then the buffers are gone.
   */
  withOptions(options: RemoteFunctionOptions): (...args: A) => Promise<Awaited<R>>;
}

/** A generator function of a module in another interpreter. */
export interface RemoteGeneratorFunction<A extends readonly unknown[], Y, R> {
  /** Gives an iterator, which calls the function there with its first `next()`. */
  (...args: A): AsyncGenerator<Y, R, undefined>;
  /** The same function, each iteration of which these options may end. */
  withOptions(options: RemoteFunctionOptions): (...args: A) => AsyncGenerator<Y, R, undefined>;
}

/**
 * What a function of the module becomes, by what it gives. What cannot be copied, an iterator or
 * an `AsyncIterable` that is no more than that, must come from a generator function.
 */
export type RemoteCallable<A extends readonly unknown[], R> = [R] extends [never]
  ? RemoteFunction<A, R>
  : 0 extends (1 & R) ? RemoteFunction<A, R>
  : unknown extends R ? RemoteFunction<A, R>
  : [R] extends [AsyncIterator<infer Y, infer Z> | Iterator<infer Y, infer Z>]
    ? RemoteGeneratorFunction<A, Awaited<Y>, Awaited<Z>>
  : [R, AsyncIterable<never>] extends [AsyncIterable<infer Y>, R]
    ? RemoteGeneratorFunction<A, Awaited<Y>, unknown>
  : RemoteFunction<A, R>;

/** What an export of the module becomes: classes stay behind, values become promises. */
export type RemoteExport<E> = E extends abstract new (...args: never[]) => unknown ? never
  : E extends (...args: infer A) => infer R ? RemoteCallable<A, R>
  : Promise<Awaited<E>>;

/**
 * A module in another interpreter, as `Interpreter.import` gives it.
 *
 * Each function becomes one that returns a promise, each generator function one that gives an
 * asynchronous iterator, and each other export a promise of a copy, made anew each time that it
 * is read. An export of the name `then` is left out.
 *
 * @typeParam T The type of the module: `typeof import("./work.ts")`.
 */
export type Remote<T> =
  & { readonly [Name in keyof T as Name extends "then" ? never : Name]: RemoteExport<T[Name]> }
  & AsyncDisposable;
