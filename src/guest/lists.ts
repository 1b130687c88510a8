// Methods of arrays that work whatever source did to `Array.prototype`.

/** `list.forEach(use)`. */
export function each<Item>(list: readonly Item[], use: (item: Item, index: number) => void): void {
  for (let i = 0; i < list.length; i++) {
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
    use(list[i]!, i);
  }
}

/** `list.map(make)`. */
export function mapped<Item, Made>(list: readonly Item[], make: (item: Item) => Made): Made[] {
  const made: Made[] = [];
  each(list, (item, index) => {
    made[index] = make(item);
  });
  return made;
}
