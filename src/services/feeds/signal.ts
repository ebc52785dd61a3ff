/** Remembers that it was given until it is reset, and wakes who waits for it. */
export class Signal {
  private isGiven = false;
  private isClosed = false;
  private wake: () => void = () => {};

  give(): void {
    this.isGiven = true;
    this.wake();
  }

  reset(): void {
    this.isGiven = false;
  }

  close(): void {
    this.isClosed = true;
    this.wake();
  }

  /** Waits until it is given: true; false once it is closed. */
  async given(): Promise<boolean> {
    while (!this.isGiven && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return !this.isClosed;
  }

  /** Waits so many milliseconds, given or not: true; false once it is closed. */
  async pause(milliseconds: number): Promise<boolean> {
    if (milliseconds > 0 && !this.isClosed) {
      let timer: NodeJS.Timeout | undefined;
      const closed = new Promise<void>((resolve) => {
        this.wake = () => {
          if (this.isClosed) resolve();
        };
        timer = setTimeout(resolve, milliseconds);
      });
      await closed;
      clearTimeout(timer);
    }
    return !this.isClosed;
  }
}

/** Gives a signal for everything that a source tells, until it ends. */
export async function signalEach(source: AsyncIterable<unknown>, signal: Signal): Promise<void> {
  for await (const _ of source) signal.give();
}
