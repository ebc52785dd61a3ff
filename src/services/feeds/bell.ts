/** Remembers that it was rung until it is reset, and wakes who waits for it. */
export class Bell {
  private isRung = false;
  private isClosed = false;
  private wake: () => void = () => {};

  ring(): void {
    this.isRung = true;
    this.wake();
  }

  reset(): void {
    this.isRung = false;
  }

  close(): void {
    this.isClosed = true;
    this.wake();
  }

  /** Waits until it is rung: true; false once it is closed. */
  async rung(): Promise<boolean> {
    while (!this.isRung && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return !this.isClosed;
  }

  /** Waits so many milliseconds, rung or not: true; false once it is closed. */
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

/** Rings for everything that a source tells, until it ends. */
export async function ringFor(source: AsyncIterable<unknown>, bell: Bell): Promise<void> {
  for await (const _ of source) bell.ring();
}
