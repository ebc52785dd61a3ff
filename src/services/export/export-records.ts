import type {
  JsonObject,
  NativeAssessment,
  NativeCompletion,
  NativeDemonstration,
  NativePrompt,
  NativeRanking,
  NativeRankingAssessment,
  NativeSkip,
} from "../../datasets/records/records.js";
import { fromPositions } from "../../datasets/records/tiers.js";
import type {
  ExportedAssessment,
  ExportedCompletion,
  ExportedDemonstration,
  ExportedPrompt,
  ExportedRanking,
  ExportedSample,
  ExportedSkip,
} from "../../entities/queries/files/export-prompts.js";
import { OUTPUT_LABELS, PROMPT_TRAITS, STAGES } from "../../vocabulary.js";

/** Rows as records: what a file did not say is not said, and what has a default is left out where it has it. */

const given = ({ createdAt, createdAtGiven }: { createdAt: Date; createdAtGiven: boolean }): Date | null =>
  createdAtGiven ? createdAt : null;

/** The judgments of a map in the vocabulary's order; PostgreSQL keeps them in its own. */
function inOrder<Word extends string>(
  words: readonly Word[],
  values: Partial<Record<Word, boolean | null>>,
): Partial<Record<Word, boolean | null>> {
  const ordered: Partial<Record<Word, boolean | null>> = {};
  for (const word of words) {
    const value = values[word];
    if (value !== undefined) ordered[word] = value;
  }
  return ordered;
}

/** A prompt without its children. */
export function promptRecord(row: ExportedPrompt): NativePrompt {
  const { exclusionReason: reason, exclusionFrom: from } = row;
  return {
    externalId: row.externalId,
    text: row.text,
    kind: row.kind,
    fewShot: [...row.fewShot],
    useCase: row.useCase,
    source: row.source,
    author: row.author,
    language: row.language,
    traits: inOrder(PROMPT_TRAITS, row.traitValues),
    stages: row.explicitStages && STAGES.filter((stage) => row.explicitStages?.includes(stage)),
    split: row.split,
    tags: [...row.tags],
    metadata: row.metadata as JsonObject,
    createdAt: given(row),
    ...noChildren(),
    exclusion:
      reason === null || from === null
        ? null
        : { reason, from: STAGES.filter((stage) => from.includes(stage)), by: row.excludedBy, at: row.excludedAt },
  };
}

const noChildren = () => ({ demonstrations: [], completions: [], rankings: [], assessments: [], skips: [] });

/** What makes a prompt the same prompt, and nothing else: the head of a line that goes on with a long prompt. */
export function identifyingFields(prompt: NativePrompt): NativePrompt {
  const isNamed = prompt.externalId !== null;
  return {
    ...prompt,
    kind: null,
    fewShot: isNamed ? [] : prompt.fewShot,
    useCase: null,
    source: isNamed ? null : prompt.source,
    author: isNamed ? null : prompt.author,
    language: null,
    traits: {},
    stages: null,
    split: null,
    tags: [],
    metadata: {},
    createdAt: null,
    ...noChildren(),
    exclusion: null,
  };
}

/** written: its sample and version, null where they are those that it would be given anyway. */
export const completionRecord = (
  row: ExportedCompletion,
  sample: ExportedSample,
  written: Pick<NativeCompletion, "sampleIndex" | "version">,
): NativeCompletion => ({
  key: sample.key,
  source: sample.source,
  sampleIndex: written.sampleIndex,
  version: written.version,
  text: row.text,
  ended: row.ended,
  createdAt: given(row),
});

export const demonstrationRecord = (row: ExportedDemonstration): NativeDemonstration => ({
  labeler: row.labeler,
  text: row.text,
  createdAt: given(row),
  instructions: row.instructions,
});

/** keys: those of the prompt's completions, by position. */
export function rankingRecord(
  row: ExportedRanking,
  assessments: readonly ExportedAssessment[],
  keys: readonly string[],
): NativeRanking {
  return {
    labeler: row.labeler,
    tiers: fromPositions({ positions: [...row.completions], tiers: [...row.tiers] }, keys),
    displayOrder: row.displayOrder?.map((position) => keys[position]!) ?? null,
    durationMs: row.durationMs,
    note: row.note,
    createdAt: given(row),
    instructions: row.instructions,
    assessments: assessments.map((assessment) => withinRanking(assessment, row, keys)),
  };
}

/** What an assessment says besides its ranking: its time and its instructions only where they are other ones. */
function withinRanking(
  row: ExportedAssessment,
  ranking: ExportedRanking,
  keys: readonly string[],
): NativeRankingAssessment {
  const sameTime = ranking.createdAtGiven && row.createdAt.getTime() === ranking.createdAt.getTime();
  return {
    ...judgments(row, keys),
    createdAt: sameTime ? null : given(row),
    instructions: row.instructions === ranking.instructions ? null : row.instructions,
  };
}

export const assessmentRecord = (row: ExportedAssessment, keys: readonly string[]): NativeAssessment => ({
  labeler: row.labeler,
  ...judgments(row, keys),
  createdAt: given(row),
  instructions: row.instructions,
});

function judgments(
  { completion, overall, labels, input, output, relative, continuity }: ExportedAssessment,
  keys: readonly string[],
): Pick<NativeRankingAssessment, "completion" | "overall" | "labels" | "toxicity"> {
  const toxicity = { input, output, relative, continuity };
  return {
    completion: keys[completion]!,
    overall,
    labels: inOrder(OUTPUT_LABELS, labels),
    toxicity: Object.values(toxicity).some((value) => value !== null) ? toxicity : null,
  };
}

export const skipRecord = (row: ExportedSkip): NativeSkip => ({
  labeler: row.labeler,
  reason: row.reason,
  createdAt: given(row),
});
