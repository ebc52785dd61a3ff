/** Results are stored when there are so many of them, or after so many milliseconds. */
const AT_ONCE = 200;
const LONGEST_MS = 1_000;

/** What a job has made for one prompt after another and is not stored yet: many prompts make one transaction. */
export class ResultBatch<Result> {
  private results: Result[] = [];
  private count = 0;
  private step = 0;
  private since = 0;

  /** Takes what was made for a prompt. count: how many results that is; step: how many prompts are done with it; now: in ms. */
  add(result: Result, count: number, step: number, now: number): void {
    if (this.results.length === 0) this.since = now;
    this.results.push(result);
    this.count += count;
    this.step = step;
  }

  isDue(now: number): boolean {
    return this.count >= AT_ONCE || (this.results.length > 0 && now - this.since > LONGEST_MS);
  }

  /** All that is not stored yet, and how many prompts are done with it; it is the caller's from now on. */
  take(): { readonly results: readonly Result[]; readonly step: number } {
    const { results, step } = this;
    this.results = [];
    this.count = 0;
    return { results, step };
  }
}
