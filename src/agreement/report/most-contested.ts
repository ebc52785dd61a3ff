/** A prompt and the percent agreement of its labeler pairs, pooled over its units. */
export interface ContestedPrompt {
  readonly promptId: string;
  readonly value: number;
  /** The units that entered. */
  readonly n: number;
}

/** Lower agreement first, then more units, then the smaller id: a total order, whatever the order of feeding. */
const moreContested = (a: ContestedPrompt, b: ContestedPrompt): number =>
  a.value - b.value || b.n - a.n || (a.promptId < b.promptId ? -1 : a.promptId > b.promptId ? 1 : 0);

/** Keeps the prompts with the lowest agreement, at most `limit` of them, without holding the others. */
export class MostContested {
  private kept: ContestedPrompt[] = [];

  constructor(private readonly limit: number) {}

  add(prompt: ContestedPrompt): void {
    const last = this.kept[this.limit - 1];
    if (last !== undefined && moreContested(prompt, last) > 0) {
      return;
    }
    this.kept.push(prompt);
    this.kept.sort(moreContested);
    this.kept.length = Math.min(this.kept.length, this.limit);
  }

  /** Most contested first. */
  list(): ContestedPrompt[] {
    return [...this.kept];
  }
}
