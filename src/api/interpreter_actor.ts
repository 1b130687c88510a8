// What a handle shows of an interpreter's actor, without XState's own types: the module's
// door must not make its readers learn those.

/** The actor of an interpreter, as `subinterpreters/actors` types it in full. */
export interface InterpreterActor {
  /** Id of the actor in its XState system. */
  readonly id: string;
  /** The present state: `idle`, `running` or `closed` in `value`. */
  getSnapshot(): { readonly value: unknown; readonly status: string };
  /** Calls back on each change of state. */
  subscribe(listener: (snapshot: { readonly value: unknown }) => void): { unsubscribe(): void };
  /** Calls back for each event of that type that the interpreter emits. */
  on(type: string, listener: (event: { readonly type: string }) => void): { unsubscribe(): void };
}
