import type { Clusters } from "./clusters.js";

/** Rows of sums of which few entries are not zero, written one after another, each entry as its column and value. */
export class SparseRows {
  private columnOf = new Int32Array(64);
  private valueOf = new Float64Array(64);
  private readonly starts: number[] = [0];
  private readonly placeOf: Int32Array;
  private entries = 0;

  /** @param size the number of columns. */
  constructor(private readonly size: number) {
    this.placeOf = new Int32Array(size).fill(-1);
  }

  /** Adds to an entry of the row that is being written. */
  add(column: number, value: number): void {
    let place = this.placeOf[column]!;
    if (place < 0) {
      if (this.entries === this.columnOf.length) {
        this.grow();
      }
      place = this.entries++;
      this.placeOf[column] = place;
      this.columnOf[place] = column;
    }
    this.valueOf[place]! += value;
  }

  private grow(): void {
    const columns = new Int32Array(this.entries * 2);
    columns.set(this.columnOf);
    this.columnOf = columns;
    const values = new Float64Array(this.entries * 2);
    values.set(this.valueOf);
    this.valueOf = values;
  }

  /** Ends the row; one without entries did not enter and is forgotten. */
  endRow(): void {
    const start = this.starts[this.starts.length - 1]!;
    if (start === this.entries) {
      return;
    }
    for (let i = start; i < this.entries; i++) {
      this.placeOf[this.columnOf[i]!] = -1;
    }
    this.starts.push(this.entries);
  }

  /** The rows as clusters, in the order of writing. */
  clusters(): Clusters {
    const count = this.starts.length - 1;
    return {
      count,
      size: this.size,
      vectors: this.valueOf.slice(0, this.entries),
      sparse: { starts: Int32Array.from(this.starts), columns: this.columnOf.slice(0, this.entries) },
      patternOf: Int32Array.from({ length: count }, (_, i) => i),
    };
  }
}
