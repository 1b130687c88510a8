// Tasks that wait for a worker: those of the highest priority first, and of the same priority the
// one that came first. Tasks that were cancelled stay until their turn comes, and are skipped.

/** Tasks of one priority. */
interface Line<T> {
  readonly priority: number;
  readonly items: (T | undefined)[];
  /** The first that still waits. */
  head: number;
}

/** So many places that are free in front are given up at once. */
const MOST_FREE = 1024;

/** What can wait: something that knows whether it still does. */
export interface Waiting {
  readonly priority: number;
  readonly isOver: boolean;
}

/** Tasks in the order in which they are to begin. */
export class TaskQueue<T extends Waiting> {
  /** The highest priority first. There are few. */
  readonly #lines: Line<T>[] = [];

  /** Adds a task behind all others of its priority. */
  push(task: T): void {
    this.#lineOf(task.priority).items.push(task);
  }

  /** Gives tasks their places in front of all others of their priority; the first one leads. */
  putBack(tasks: readonly T[]): void {
    for (const task of tasks.toReversed()) {
      const line = this.#lineOf(task.priority);
      if (line.head > 0) line.items[--line.head] = task;
      else line.items.unshift(task);
    }
  }

  /** The next; `undefined` if none waits. */
  peek(): T | undefined {
    for (let line = this.#lines[0]; line !== undefined; line = this.#lines[0]) {
      const { items } = line;
      for (; line.head < items.length; line.head++) {
        const task = items[line.head];
        if (task !== undefined && !task.isOver) return task;
        items[line.head] = undefined;
      }
      items.length = 0;
      line.head = 0;
      // Another priority may never come again.
      if (this.#lines.length === 1) return undefined;
      this.#lines.shift();
    }
    return undefined;
  }

  /** Takes the next; `undefined` if none waits. */
  shift(): T | undefined {
    const task = this.peek();
    const line = this.#lines[0];
    if (task === undefined || line === undefined) return undefined;
    line.items[line.head++] = undefined;
    if (line.head >= MOST_FREE && line.head * 2 >= line.items.length) {
      line.items.splice(0, line.head);
      line.head = 0;
    }
    return task;
  }

  /** All that wait, in their order. */
  list(): T[] {
    return this.#lines.flatMap(({ items, head }) =>
      items.slice(head).flatMap((task) => task === undefined || task.isOver ? [] : [task])
    );
  }

  #lineOf(priority: number): Line<T> {
    const at = this.#lines.findIndex((line) => line.priority <= priority);
    const found = this.#lines[at];
    if (found?.priority === priority) return found;
    const line: Line<T> = { priority, items: [], head: 0 };
    this.#lines.splice(at < 0 ? this.#lines.length : at, 0, line);
    return line;
  }
}
