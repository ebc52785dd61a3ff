/** Which of its source's samples a completion is, and in which version, where a file does not say. */
import { badInput } from "../../errors.js";
import { show } from "../text/code-points.js";

/** A completion's place among the samples of its source; null where it is not stated. */
export interface StatedSample {
  source: string | null;
  sampleIndex: number | null;
  version: number | null;
}

export interface Sample {
  source: string | null;
  sampleIndex: number;
  version: number;
}

/**
 * The sample and version of every completion. Not stated: the sample is the completion's ordinal within prompt and source
 * (or the next that no completion before it has), the version is 1, or one more than the latest of that sample.
 * @param completions in their order
 * @param before the completions that the prompt has already, in their order
 * @returns each completion's sample and version; a sample whose version is there already is refused
 */
export function resolveSamples(completions: readonly StatedSample[], before: readonly Sample[] = []): Sample[] {
  const tally = new SampleTally();
  for (const sample of before) tally.add(sample);
  return completions.map((completion, index) => {
    const sample = tally.resolve(completion);
    if (tally.has(sample)) {
      const { source, sampleIndex, version } = sample;
      const whose = source === null ? "" : ` of ${show(source)}`;
      throw badInput(
        `completions.${index} is sample ${sampleIndex}${whose} in version ${version}, which this prompt has already.`,
        `completions.${index}`,
      );
    }
    tally.add(sample);
    return sample;
  });
}

/**
 * The inverse, for an export: null wherever `resolveSamples` would give the value that is there; but a version above 1 is
 * always stated, so that a reader who knows only that an absent version is the first reads no second version as one.
 */
export function omitDefaultSamples(completions: readonly Sample[]): StatedSample[] {
  const tally = new SampleTally();
  return completions.map((sample) => {
    const { source } = sample;
    const sampleIndex = tally.nextIndex(source) === sample.sampleIndex ? null : sample.sampleIndex;
    const isFirst = sample.version === 1 && tally.nextVersion(source, sample.sampleIndex) === 1;
    const version = isFirst ? null : sample.version;
    tally.add(sample);
    return { source, sampleIndex, version };
  });
}

class SampleTally {
  /** By source: how many completions it has, and the versions of each of its samples. */
  private readonly sources = new Map<string | null, { completions: number; samples: Map<number, Set<number>> }>();

  add({ source, sampleIndex, version }: Sample): void {
    let seen = this.sources.get(source);
    if (seen === undefined) {
      seen = { completions: 0, samples: new Map() };
      this.sources.set(source, seen);
    }
    seen.completions++;
    const versions = seen.samples.get(sampleIndex);
    if (versions === undefined) seen.samples.set(sampleIndex, new Set([version]));
    else versions.add(version);
  }

  has({ source, sampleIndex, version }: Sample): boolean {
    return this.sources.get(source)?.samples.get(sampleIndex)?.has(version) ?? false;
  }

  nextIndex(source: string | null): number {
    const seen = this.sources.get(source);
    let index = seen?.completions ?? 0;
    while (seen?.samples.has(index)) index++;
    return index;
  }

  nextVersion(source: string | null, sampleIndex: number): number {
    return 1 + Math.max(0, ...(this.sources.get(source)?.samples.get(sampleIndex) ?? []));
  }

  resolve({ source, sampleIndex, version }: StatedSample): Sample {
    const index = sampleIndex ?? this.nextIndex(source);
    return { source, sampleIndex: index, version: version ?? this.nextVersion(source, index) };
  }
}
