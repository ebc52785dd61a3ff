/** Numbers labelers 0, 1, 2 … in the order in which they are first met, so that the counting runs over integers. */
export class LabelerIndex {
  private readonly indexById = new Map<string, number>();
  /** ids[i] is the labeler whose number is i. */
  readonly ids: string[] = [];

  /** The labeler's number; a new labeler gets the next one. */
  indexOf(id: string): number {
    let index = this.indexById.get(id);
    if (index === undefined) {
      index = this.ids.length;
      this.indexById.set(id, index);
      this.ids.push(id);
    }
    return index;
  }

  /** The labeler's number, or undefined where the labeler was never met. */
  find(id: string): number | undefined {
    return this.indexById.get(id);
  }
}
