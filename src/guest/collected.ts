// Tells the host which channels' memory the garbage collector has freed here: until then the
// host counts it.

// Taken now: source may declare names of its own that hide these.
const { FinalizationRegistry, Reflect, setTimeout } = globalThis;
const { apply } = Reflect;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- It is called by Reflect.apply alone.
const register = Reflect.get(FinalizationRegistry.prototype, "register") as () => void;

/** Most channels that one frame tells of. */
const MAX_IDS = 5000;

/** Tells which channels' memory has been collected in this realm. */
export class Collected {
  readonly #registry: FinalizationRegistry<number>;
  readonly #tell: (ids: readonly number[]) => void;
  #ids: number[] = [];

  constructor(tell: (ids: readonly number[]) => void) {
    this.#tell = tell;
    this.#registry = new FinalizationRegistry<number>((id) => this.#add(id));
  }

  /** Will tell of this memory. */
  watch(buffer: SharedArrayBuffer, id: number): void {
    apply(register, this.#registry, [buffer, id]);
  }

  #add(id: number): void {
    // In one frame: the collector frees many at a time.
    if (this.#ids.length === 0) setTimeout(() => this.#flush(), 0);
    this.#ids[this.#ids.length] = id;
    if (this.#ids.length >= MAX_IDS) this.#flush();
  }

  #flush(): void {
    const ids = this.#ids;
    this.#ids = [];
    if (ids.length > 0) this.#tell(ids);
  }
}
