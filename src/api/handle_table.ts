// One handle object for each id, as long as somebody holds it.

const { FinalizationRegistry, Map, WeakRef } = globalThis;

/** The handles that somebody holds, by id. */
export class HandleTable<T extends object> {
  readonly #handles = new Map<number, WeakRef<T>>();
  readonly #forgotten = new FinalizationRegistry<number>((id) => {
    if (this.get(id) === undefined) this.#handles.delete(id);
  });

  /** The handle of an id, if somebody holds it. */
  get(id: number): T | undefined {
    return this.#handles.get(id)?.deref();
  }

  /** The handles that somebody holds, with their ids. */
  list(): (readonly [number, T])[] {
    const list: (readonly [number, T])[] = [];
    this.#handles.forEach((reference, id) => {
      const handle = reference.deref();
      if (handle !== undefined) list.push([id, handle]);
    });
    return list;
  }

  /** Remembers a handle, without keeping it. */
  set(id: number, handle: T): void {
    this.#handles.set(id, new WeakRef(handle));
    this.#forgotten.register(handle, id);
  }
}
