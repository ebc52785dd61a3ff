/** A binary heap: of its items the one that precedes all others is on top. */
export class Heap<Item> {
  private readonly items: Item[] = [];

  /** @param precedes whether `a` comes before `b`; a total order, so that equal content always pops in the same order */
  constructor(private readonly precedes: (a: Item, b: Item) => boolean) {}

  push(item: Item): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as Item;
      if (!this.precedes(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Item | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.precedes(items[child + 1] as Item, items[child] as Item)) child++;
      const below = items[child] as Item;
      if (!this.precedes(below, last)) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
