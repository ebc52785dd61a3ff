import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import type { RankingWork } from "../../../src/agreement/quality/labeled-work.js";
import { type QualityFigures, qualityReport } from "../../../src/agreement/quality/quality-report.js";
import type { LabelerSignal } from "../../../src/agreement/quality/signal.js";
import { WorkLog } from "../../../src/agreement/quality/work-log.js";
import { createRandom, type Random } from "../../../src/random.js";
import type { LabelerSignalName } from "../../../src/vocabulary.js";
import { shuffled } from "../support.js";

/** All rankings of a prompt. */
export interface WorkedPrompt {
  readonly clusterId: string;
  readonly works: RankingWork[];
}

export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.nextUnit())) * Math.cos(2 * Math.PI * random.nextUnit());

export interface World {
  readonly labelers: number;
  readonly prompts: number;
  readonly each: number;
  readonly completions: number;
}

/** What a labeler does instead of what an honest one would: given the honest work and what was done before on the prompt. */
export type Habit = (honest: RankingWork, random: Random, before: ReadonlyMap<string, RankingWork>) => RankingWork;

/** Tiers of noisy qualities in bins, so that near ones tie. */
export function honestTiers(quality: readonly number[], noise: number, random: Random): number[] {
  const bins = quality.map((value) => Math.round((value + noise * normal(random)) / 0.6));
  const levels = [...new Set(bins)].sort((a, b) => b - a);
  return bins.map((bin) => 1 + levels.indexOf(bin));
}

/** Labelers l0, l1 … who rank completions of random quality; habits are by labeler. */
export function world(
  seed: number,
  { labelers, prompts, each, completions }: World,
  habits: Record<string, Habit> = {},
) {
  const random = createRandom(seed);
  const paces = Array.from({ length: labelers }, () => Math.exp(0.3 * normal(random)));
  const positions = Array.from({ length: completions }, (_, i) => i);
  return Array.from({ length: prompts }, (_, p): WorkedPrompt => {
    const quality = positions.map(() => normal(random));
    const crew = shuffled(
      Array.from({ length: labelers }, (_, i) => i),
      random,
    ).slice(0, each);
    const before = new Map<string, RankingWork>();
    // Higher numbers first: what l0 does comes last.
    for (const labeler of crew.sort((a, b) => b - a)) {
      const honest: RankingWork = {
        labelerId: `l${labeler}`,
        positions,
        tiers: honestTiers(quality, 0.6, random),
        createdAt: 1_700_000_000_000 + 3_600_000 * p + 1_000 * (labelers - labeler),
        ordinal: labeler,
        isTimeKnown: true,
        durationMs: Math.round(60_000 * paces[labeler]! * Math.exp(0.5 * normal(random))),
        displayOrder: shuffled(positions, random),
      };
      before.set(honest.labelerId, habits[honest.labelerId]?.(honest, random, before) ?? honest);
    }
    return { clusterId: `p${p}`, works: [...before.values()] };
  });
}

export const RANKING = { categories: [">", "=", "<"], oriented: true, resamples: 200, seed: 0 } as const;

export function logOf(prompts: readonly WorkedPrompt[]): WorkLog {
  const log = new WorkLog(3, true);
  for (const { clusterId, works } of prompts) {
    runSlices(log.addRankings(clusterId, works));
  }
  return log;
}

export const reportOn = (prompts: readonly WorkedPrompt[]): QualityFigures =>
  runSlices(qualityReport(logOf(prompts), RANKING));

export function signalOf(
  report: QualityFigures,
  labelerId: string,
  name: LabelerSignalName,
): Omit<LabelerSignal, "other"> & { readonly otherLabelerId: string | null } {
  const line = report.byLabeler.find((labeler) => labeler.labelerId === labelerId);
  const signal = line?.signals.find((candidate) => candidate.signal === name);
  if (signal === undefined) throw new Error(`There is no ${name} of ${labelerId}.`);
  return signal;
}
