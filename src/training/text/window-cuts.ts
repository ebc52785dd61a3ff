/** How much of contexts is left where they were cut from their beginning to fit a window. */
import { counted } from "../../datasets/text/counted.js";

/** Counts contexts, and of those that were cut how much is left. */
export class ContextCuts {
  all = 0;
  /** Those that lost their beginning. */
  cut = 0;
  /** Of those, the ones with less than half of their tokens left. */
  halved = 0;
  /** Of those, the ones with one token left at most, which says nothing of the prompt. */
  lost = 0;

  /** @param kept tokens of the context that are left @param whole tokens that it has */
  add(kept: number, whole: number): void {
    this.all++;
    if (kept >= whole) return;
    this.cut++;
    if (2 * kept < whole) this.halved++;
    if (kept <= 1) this.lost++;
  }

  /** Adds what another counted. */
  join({ all, cut, halved, lost }: ContextCuts): void {
    this.all += all;
    this.cut += cut;
    this.halved += halved;
    this.lost += lost;
  }

  /**
   * How many lost their prompt, to stand behind what says how many were cut; "" where every one keeps half of it or more.
   * @param one what is counted: "example"
   */
  lossClause(one: string): string {
    const { halved, lost } = this;
    if (halved === 0) return "";
    const nothing =
      lost === 0
        ? ""
        : ` ${counted(lost, one)} lost ${lost === 1 ? "its" : "their"} prompt: one token of it is left at most.`;
    const less = halved - lost;
    const half =
      less === 0
        ? ""
        : ` Of ${lost === 0 ? "" : "a further "}${counted(less, one)} less than half of the prompt is left.`;
    return `${nothing}${half}`;
  }

  /** The sentence of a warning about contexts that made room for responses, or null where none was cut. */
  sentence(responseTokens: number, window: number): string | null {
    const { all, cut } = this;
    if (cut === 0) return null;
    return `${cut} of ${counted(all, "context")} lost ${cut === 1 ? "its" : "their"} beginning, so that ${responseTokens} tokens of response fit the window of ${window}.${this.lossClause("context")}`;
  }
}
