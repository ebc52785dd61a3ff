/** What all trainings do step by step, whatever their loss. */
import { JobFailure } from "../../errors.js";
import type { OptimizationConfig } from "../config/choices.js";
import type { TrainingEvent, TrainingRequest } from "../events/events.js";
import type { MetricName } from "../events/metrics.js";
import type { RunState } from "../files/checkpoint.js";
import type { TrainingBatch } from "../optimization/objectives.js";
import { learningRateAt } from "../optimization/schedule.js";
import { pause } from "../shards/data-parallel.js";
import type { TrainingRun } from "./training-run.js";

type Events = Generator<TrainingEvent, void, TrainingRequest>;
type AsyncEvents = AsyncGenerator<TrainingEvent, void, TrainingRequest>;

/** A trainer's side of its conversation with whoever runs it. */
export class TrainingEvents {
  private isAskedForCheckpoint = false;

  /** Yields an event, and notes whether a checkpoint was asked for meanwhile. */
  *send(event: TrainingEvent): Events {
    if ((yield event) === "checkpoint") this.isAskedForCheckpoint = true;
  }

  /** Whether a checkpoint was asked for since the last time that this was. */
  takeRequest(): boolean {
    const isAsked = this.isAskedForCheckpoint;
    this.isAskedForCheckpoint = false;
    return isAsked;
  }
}

export interface TrainingLoop {
  readonly run: TrainingRun;
  readonly config: OptimizationConfig;
  readonly events: TrainingEvents;
  /** The batch of a step, counted from 0. */
  readonly batchOf: (step: number) => TrainingBatch;
  /** Metrics of a step from the further figures of its batch. */
  readonly measures: (figures: readonly number[]) => Partial<Record<MetricName, number>>;
  /** What is told at step 0, every `evaluateEvery` steps and after the last. */
  readonly evaluate: () => AsyncEvents;
  /** Whether the run goes on from a checkpoint: what step 0 told is told already. */
  readonly isResumed: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds since any fixed time, for throughput alone. */
  readonly now: () => number;
}

/**
 * Train a run to its last step. It yields metrics at every step, and what evaluations tell in their places; asked for a
 * checkpoint, it yields one before the next step.
 * @throws JobFailure DIVERGED where a loss or a gradient is not finite
 */
export async function* trainingSteps(loop: TrainingLoop): AsyncEvents {
  const { run, config, events, batchOf, measures, evaluate, isResumed, signal, now } = loop;
  const { state } = run;
  const schedule = scheduleOf(config);
  if (!isResumed) yield* evaluate();
  for (;;) {
    if (events.takeRequest())
      yield* events.send({
        kind: "checkpoint",
        step: state.step,
        points: state.points,
        file: run.checkpoint(config),
      });
    if (state.step === config.steps) return;
    await pause();
    signal.throwIfAborted();
    const began = now();
    const batch = batchOf(state.step);
    const learningRate = learningRateAt(state.step + 1, schedule);
    const dropout = { rate: config.dropout, seed: config.seed, step: state.step + 1 };
    const { loss, figures, gradientNorm } = await run.train(batch, learningRate, dropout);
    const seconds = Math.max(now() - began, 1e-3) / 1000;
    yield* events.send(
      measured(state, {
        "train/loss": loss,
        ...measures(figures),
        "train/learning_rate": learningRate,
        "train/grad_norm": gradientNorm,
        "train/tokens_per_second": batch.tokens / seconds,
      }),
    );
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const what = Number.isFinite(loss) ? `norm of the gradient is ${gradientNorm}` : `loss is ${loss}`;
      throw new JobFailure("DIVERGED", `The ${what} in step ${state.step}; it must be finite.`, state.step);
    }
    yield* events.send(progressOf(run, config, "training"));
    if (state.step % config.evaluateEvery === 0 || state.step === config.steps) yield* evaluate();
  }
}

/** An event of how far a run is. */
export function progressOf({ state }: TrainingRun, { steps }: OptimizationConfig, phase: string): TrainingEvent {
  return { kind: "progress", phase, step: state.step, totalSteps: steps, tokens: state.tokens };
}

/** An event of metric points, counted in the state. */
export function measured(state: RunState, values: Partial<Record<MetricName, number>>): TrainingEvent {
  const points = Object.entries(values).map(([name, value]) => ({ name, value }));
  state.points += points.length;
  return { kind: "metrics", step: state.step, points };
}

/** Refuse a loss on VALIDATION that is not finite. */
export function checkFinite(loss: number, step: number): void {
  if (!Number.isFinite(loss))
    throw new JobFailure("DIVERGED", `The loss on VALIDATION is ${loss} after step ${step}; it must be finite.`, step);
}

const scheduleOf = (config: OptimizationConfig) => ({
  peak: config.learningRate,
  warmUpSteps: config.warmUpSteps,
  totalSteps: config.steps,
  finalFraction: config.finalLearningRateFraction,
});
