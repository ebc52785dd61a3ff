/** Long work on the one thread lets others in: at most about this many milliseconds pass between two turns of the event loop. */
const SLICE_MS = 8;

/** Says when a piece of long work has had its slice of time, and gives way. */
export class TimeSlice {
  private begun = performance.now();

  get isDue(): boolean {
    return performance.now() - this.begun >= SLICE_MS;
  }

  /** Lets whatever waits have its turn. */
  async giveWay(): Promise<void> {
    await new Promise(setImmediate);
    this.begun = performance.now();
  }
}
