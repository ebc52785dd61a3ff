import { nextKeys } from "../../datasets/records/completion-keys.js";
import { resolveSamples } from "../../datasets/records/samples.js";
import { MOST_COMPLETIONS } from "../../datasets/records/tiers.js";
import type { NewCompletionRow, SampledCompletion } from "../../entities/queries/completions/completion-writes.js";
import { AppError, badInput } from "../../errors.js";
import { globalId } from "../input/global-id.js";

/** A completion without its place: promptId is the row's number. */
export interface UnplacedCompletion {
  readonly promptId: string;
  readonly text: string;
  readonly sampleIndex?: number | null;
  readonly ended?: boolean | null;
}

/**
 * Gives each completion of a source its position, key, sample and version beside those that its prompt has.
 * Refused: one sample twice, and more than 1,000 completions of a prompt (UNPROCESSABLE).
 */
export function placeCompletions(
  source: string,
  completions: readonly UnplacedCompletion[],
  stored: readonly SampledCompletion[],
): NewCompletionRow[] {
  const before = grouped(stored, ({ promptId }) => promptId);
  const submitted = grouped([...completions.keys()], (index) => (completions[index] as UnplacedCompletion).promptId);
  const placed: NewCompletionRow[] = [];
  for (const [promptId, indexes] of submitted) {
    const there = before.get(promptId) ?? [];
    if (there.length + indexes.length > MOST_COMPLETIONS) {
      throw new AppError(
        "UNPROCESSABLE",
        `The prompt ${globalId("Prompt", promptId)} has ${there.length} completions; with ${indexes.length} more it would have more than ${MOST_COMPLETIONS}.`,
        `input.completions.${indexes[0]}`,
      );
    }
    const keys = nextKeys(
      there.map(({ key }) => key),
      indexes.length,
    );
    const stated = indexes.map((index) => ({
      source,
      sampleIndex: completions[index]?.sampleIndex ?? null,
      version: null,
    }));
    const samples = resolveSamples(stated, there);
    const first = new Map<number, number>();
    for (const [ordinal, index] of indexes.entries()) {
      const { sampleIndex, version } = samples[ordinal] as (typeof samples)[number];
      refuseRepeat(first.get(sampleIndex), index);
      first.set(sampleIndex, index);
      placed[index] = {
        promptId,
        position: there.length + ordinal,
        key: keys[ordinal]!,
        text: (completions[index] as UnplacedCompletion).text,
        source,
        sampleIndex,
        version,
        ended: completions[index]?.ended ?? null,
      };
    }
  }
  return placed;
}

function refuseRepeat(before: number | undefined, index: number): void {
  if (before === undefined) return;
  throw badInput(
    `input.completions.${index} is the same sample of the same prompt as input.completions.${before}; one call submits a sample once.`,
    `input.completions.${index}.sampleIndex`,
  );
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
