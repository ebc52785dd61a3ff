/** A table of rows of `width` numbers that grows at its end, in one block of memory. */
export class GrowableRows {
  private data: Float64Array;
  length = 0;

  constructor(
    readonly width: number,
    capacity = 16,
  ) {
    this.data = new Float64Array(width * capacity);
  }

  /** Appends a row of zeros and answers its number. */
  push(): number {
    if ((this.length + 1) * this.width > this.data.length) {
      const grown = new Float64Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    return this.length++;
  }

  get(row: number, column: number): number {
    return this.data[row * this.width + column]!;
  }

  set(row: number, column: number, value: number): void {
    this.data[row * this.width + column] = value;
  }

  add(row: number, column: number, value: number): void {
    this.data[row * this.width + column]! += value;
  }

  /** The row as a view, which a later push may leave behind: read it at once. [width] */
  row(row: number): Float64Array {
    return this.data.subarray(row * this.width, (row + 1) * this.width);
  }
}
