import { assessmentIdentity } from "../../datasets/formats/identity.js";
import { canonicalJson } from "../../datasets/records/canonical-json.js";
import { countComparisons } from "../../datasets/records/comparisons.js";
import type { NativeAssessment, NativeRankingAssessment } from "../../datasets/records/records.js";
import { toPositions } from "../../datasets/records/tiers.js";
import {
  booleanField,
  type CopyTarget,
  copyRow,
  NULL,
  numbersField,
  plainField,
  textField,
  textsField,
  timeField,
} from "../../entities/queries/files/copy-in.js";
import type { ImportBatch } from "./import-batch-state.js";
import type { PromptInBatch } from "./import-state.js";

export const PROMPTS: CopyTarget = {
  table: "prompt",
  columns:
    "id, dataset_id, identity, external_id, text, kind, few_shot, source, author, tags, metadata, ranking_count, created_at, created_at_given, added_in",
};

export function* promptRows({ datasetId, at, added }: ImportBatch, revision: number): Generator<string> {
  for (const { id, identity, facts, addedRankings } of added.prompts) {
    yield copyRow(
      plainField(id),
      datasetId,
      identity,
      textField(facts.externalId),
      textField(facts.text),
      facts.kind,
      textField(JSON.stringify(facts.fewShot)),
      facts.source,
      textField(facts.author),
      textsField(facts.tags),
      textField(canonicalJson(facts.metadata)),
      plainField(addedRankings),
      timeField(facts.createdAt ?? at),
      booleanField(facts.createdAt !== null),
      plainField(revision),
    );
  }
}

export const STATES: CopyTarget = {
  table: "prompt_state",
  columns:
    "prompt_id, dataset_id, split_group_id, use_case, language, traits, stages, exclusion_reason, exclusion_from, excluded_by, excluded_at, added_in",
};

export function* stateRows({ datasetId, added }: ImportBatch, revision: number): Generator<string> {
  for (const { id, group, facts } of added.prompts) {
    const { exclusion } = facts;
    yield copyRow(
      plainField(id),
      datasetId,
      plainField(group.id),
      plainField(facts.useCase),
      textField(facts.language),
      textField(JSON.stringify(facts.traits)),
      textsField(facts.stages),
      textField(exclusion?.reason ?? null),
      textsField(exclusion?.from ?? null),
      textField(exclusion?.by ?? null),
      timeField(exclusion?.at ?? null),
      plainField(revision),
    );
  }
}

export const COMPLETIONS: CopyTarget = {
  table: "completion",
  columns:
    "id, dataset_id, prompt_id, position, key, text, source, sample_index, version, created_at, created_at_given, added_in, ended",
};

export function* completionRows({ datasetId, at, added }: ImportBatch, revision: number): Generator<string> {
  for (const { prompt, completion } of added.completions) {
    yield copyRow(
      plainField(completion.id),
      datasetId,
      plainField(prompt.id),
      plainField(completion.position),
      textField(completion.key),
      textField(completion.text),
      textField(completion.source),
      plainField(completion.sampleIndex),
      plainField(completion.version),
      timeField(completion.createdAt ?? at),
      booleanField(completion.createdAt !== null),
      plainField(revision),
      completion.ended === null ? NULL : booleanField(completion.ended),
    );
  }
}

export const DEMONSTRATIONS: CopyTarget = {
  table: "demonstration",
  columns:
    "dataset_id, prompt_id, labeler_id, instruction_version_id, position, text, identity, created_at, created_at_given, added_in",
};

export function* demonstrationRows({ datasetId, at, added }: ImportBatch, revision: number): Generator<string> {
  for (const { prompt, labeler, instructions, position, identity, record } of added.demonstrations) {
    yield copyRow(
      datasetId,
      plainField(prompt.id),
      plainField(labeler.id),
      plainField(instructions?.id ?? null),
      plainField(position),
      textField(record.text),
      identity,
      timeField(record.createdAt ?? at),
      booleanField(record.createdAt !== null),
      plainField(revision),
    );
  }
}

export const RANKINGS: CopyTarget = {
  table: "ranking",
  columns:
    "id, dataset_id, prompt_id, labeler_id, instruction_version_id, position, completions, tiers, display_order, strict_pairs, duration_ms, note, identity, created_at, created_at_given, added_in",
};

export function* rankingRows(
  { datasetId, at, added }: ImportBatch,
  revision: number,
  ids: readonly string[],
): Generator<string> {
  const positionsOf = positionsByPrompt();
  for (const [i, { prompt, labeler, instructions, position, identity, record }] of added.rankings.entries()) {
    const positions = positionsOf(prompt);
    const ranked = toPositions(record.tiers, positions);
    yield copyRow(
      ids[i]!,
      datasetId,
      plainField(prompt.id),
      plainField(labeler.id),
      plainField(instructions?.id ?? null),
      plainField(position),
      numbersField(ranked.positions),
      numbersField(ranked.tiers),
      numbersField(record.displayOrder?.map((key) => positions.get(key) as number) ?? null),
      plainField(countComparisons(record.tiers)),
      plainField(record.durationMs),
      textField(record.note),
      identity,
      timeField(record.createdAt ?? at),
      booleanField(record.createdAt !== null),
      plainField(revision),
    );
  }
}

/** The position of each completion by its key, made once for a run of records of one prompt. */
function positionsByPrompt(): (prompt: PromptInBatch) => Map<string, number> {
  let last: PromptInBatch | null = null;
  let positions = new Map<string, number>();
  return (prompt) => {
    if (prompt !== last) {
      positions = new Map(prompt.completions.map(({ key, position }) => [key, position]));
      last = prompt;
    }
    return positions;
  };
}

export const ASSESSMENTS: CopyTarget = {
  table: "assessment",
  columns:
    "dataset_id, prompt_id, completion_id, labeler_id, ranking_id, instruction_version_id, position, overall, labels, toxicity_input, toxicity_output, toxicity_relative, continuity, identity, created_at, created_at_given, added_in",
};

/** The assessments outside of rankings. */
export function* assessmentRows({ datasetId, at, added }: ImportBatch, revision: number): Generator<string> {
  const completionsOf = completionsByPrompt();
  for (const { prompt, labeler, instructions, position, identity, record } of added.assessments) {
    yield copyRow(
      datasetId,
      plainField(prompt.id),
      completionsOf(prompt, record.completion),
      plainField(labeler.id),
      NULL,
      plainField(instructions?.id ?? null),
      plainField(position),
      judgmentFields(record),
      identity,
      timeField(record.createdAt ?? at),
      booleanField(record.createdAt !== null),
      plainField(revision),
    );
  }
}

/** The assessments within rankings; what one does not say of time and instructions is the ranking's. */
export function* nestedAssessmentRows(
  { datasetId, at, added, instructions: known }: ImportBatch,
  revision: number,
  rankingIds: readonly string[],
): Generator<string> {
  const completionsOf = completionsByPrompt();
  for (const [i, { prompt, labeler, instructions, record: ranking }] of added.rankings.entries()) {
    for (const [position, record] of ranking.assessments.entries()) {
      const own = record.instructions === null ? instructions : known.get(record.instructions);
      const assessment: NativeAssessment = { labeler: ranking.labeler, ...record };
      yield copyRow(
        datasetId,
        plainField(prompt.id),
        completionsOf(prompt, record.completion),
        plainField(labeler.id),
        rankingIds[i]!,
        plainField(own?.id ?? null),
        plainField(position),
        judgmentFields(record),
        assessmentIdentity(assessment),
        timeField(record.createdAt ?? ranking.createdAt ?? at),
        booleanField(record.createdAt !== null),
        plainField(revision),
      );
    }
  }
}

const judgmentFields = ({ overall, labels, toxicity }: NativeRankingAssessment): string =>
  [
    plainField(overall),
    textField(JSON.stringify(labels)),
    plainField(toxicity?.input ?? null),
    plainField(toxicity?.output ?? null),
    plainField(toxicity?.relative ?? null),
    plainField(toxicity?.continuity ?? null),
  ].join("\t");

/** The id of the completion with a key, the keys looked up once for a run of records of one prompt. */
function completionsByPrompt(): (prompt: PromptInBatch, key: string) => string {
  let last: PromptInBatch | null = null;
  let ids = new Map<string, string | null>();
  return (prompt, key) => {
    if (prompt !== last) {
      ids = new Map(prompt.completions.map((completion) => [completion.key, completion.id]));
      last = prompt;
    }
    return plainField(ids.get(key) ?? null);
  };
}

export const SKIPS: CopyTarget = {
  table: "skip",
  columns: "dataset_id, prompt_id, labeler_id, position, reason, identity, created_at, created_at_given, added_in",
};

export function* skipRows({ datasetId, at, added }: ImportBatch, revision: number): Generator<string> {
  for (const { prompt, labeler, position, identity, record } of added.skips) {
    yield copyRow(
      datasetId,
      plainField(prompt.id),
      plainField(labeler.id),
      plainField(position),
      textField(record.reason),
      identity,
      timeField(record.createdAt ?? at),
      booleanField(record.createdAt !== null),
      plainField(revision),
    );
  }
}

export const LINES: CopyTarget = { table: "import_line", columns: "dataset_id, hash" };

export function* lineRows({ datasetId, added }: ImportBatch): Generator<string> {
  for (const hash of added.hashes) yield copyRow(datasetId, hash);
}
