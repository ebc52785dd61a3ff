import type { ProgressReport } from "../entities/queries/jobs/job-queue.js";

/** Over how long throughput is taken, in milliseconds. */
const WINDOW_MS = 20_000;

/** How fast a job goes: from the steps and tokens that it reports, and a clock. */
export class Pace {
  private readonly marks: { readonly at: number; readonly step: number; readonly tokens: number }[] = [];
  private progress: ProgressReport;

  constructor(step: number, totalSteps: number) {
    this.progress = { phase: "starting", step, totalSteps, etaSeconds: null, tokensPerSecond: null };
  }

  get now(): ProgressReport {
    return this.progress;
  }

  /** Takes a report at a moment, in milliseconds of any clock that only goes forward. */
  mark(
    at: number,
    { phase, step, totalSteps, tokens }: { phase: string; step: number; totalSteps: number; tokens: number },
  ): void {
    this.marks.push({ at, step, tokens });
    while (this.marks.length > 2 && at - (this.marks[0]?.at ?? at) > WINDOW_MS) this.marks.shift();
    const first = this.marks[0] as (typeof this.marks)[number];
    const seconds = (at - first.at) / 1000;
    const steps = step - first.step;
    const isKnown = seconds > 0 && steps > 0;
    this.progress = {
      phase,
      step,
      totalSteps,
      etaSeconds: isKnown ? ((totalSteps - step) * seconds) / steps : this.progress.etaSeconds,
      tokensPerSecond: isKnown ? (tokens - first.tokens) / seconds : this.progress.tokensPerSecond,
    };
  }

  /** Another phase, in which steps do not count. */
  enter(phase: string): void {
    this.progress = { ...this.progress, phase };
  }
}
