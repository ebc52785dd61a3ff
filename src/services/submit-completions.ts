import { nextKeys } from "../datasets/completion-keys.js";
import { checkText } from "../datasets/names.js";
import { resolveSamples } from "../datasets/samples.js";
import { MOST_COMPLETIONS } from "../datasets/tiers.js";
import {
  insertCompletions,
  type NewCompletionRow,
  type SampledCompletion,
  samplesOfPrompts,
} from "../entities/queries/completion-writes.js";
import { datasetsOfPrompts } from "../entities/queries/prompt-writes.js";
import { AppError, badInput } from "../errors.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import type { Changed } from "./create-prompts.js";
import { globalId, localId } from "./global-id.js";
import { checkItems, LONGEST, missing } from "./input-rules.js";
import { type Change, runChange, type Writer } from "./run-change.js";
import { requireDataset, requireRole } from "./visibility.js";

export interface SubmittedCompletion {
  readonly promptId: string;
  readonly text: string;
  readonly sampleIndex?: number | null;
}

export interface SubmittedCompletions {
  readonly datasetId: string;
  readonly source: string;
  readonly completions: readonly SubmittedCompletion[];
  readonly idempotencyKey?: string | null;
}

const MUTATION = "submitCompletions";

/**
 * Stores 1 to 1,000 completions of one source (the policy's name), all or none. Each gets the prompt's next free key;
 * without a sampleIndex it is the source's next sample for its prompt; a sample that is there already gets the next
 * version, and what was said of the earlier stays with the earlier. For an ADMIN, and a CLIENT in its datasets.
 * Refused: a prompt of another dataset, one sample twice in a call, more than 1,000 completions of a prompt (UNPROCESSABLE).
 */
export async function submitCompletions(writer: Writer, input: SubmittedCompletions): Promise<Changed> {
  const roles = ["ADMIN", "CLIENT"] as const;
  requireRole(writer.viewer, ...roles);
  const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
  requireDataset(writer.viewer, datasetId);
  const check = () => {
    checkText(input.source, "input.source", 1, LONGEST.source);
    checkItems(input.completions, "input.completions");
    for (const [index, completion] of input.completions.entries())
      checkCompletion(completion, `input.completions.${index}`);
  };
  return runChange(writer, { mutation: MUTATION, input, roles, check }, async (change) => {
    const { connection, manager, viewer } = change;
    const promptIds = await promptsOf(change, datasetId, input.completions);
    const revision = await beginChange(manager, datasetId);
    const stored = await samplesOfPrompts(connection, [...new Set(promptIds)]);
    const rows = place(input, promptIds, stored);
    const ids = await insertCompletions(connection, datasetId, rows, new Date(), revision);
    const after = {
      source: input.source,
      completions: rows.map(({ promptId, key, sampleIndex, version }, index) => ({
        id: globalId("Completion", ids[index] as string),
        prompt: globalId("Prompt", promptId),
        key,
        sampleIndex,
        version,
      })),
    };
    await audit(manager, viewer, { action: MUTATION, subject: input.datasetId, datasetId, after });
    return { ids, revision };
  });
}

function checkCompletion({ text, sampleIndex }: SubmittedCompletion, field: string): void {
  checkText(text, `${field}.text`, 0, LONGEST.text);
  if (sampleIndex != null && sampleIndex < 0) {
    throw badInput(`${field}.sampleIndex is ${sampleIndex}; it must be 0 or more.`, `${field}.sampleIndex`);
  }
}

/** The number of each completion's prompt. Refused: one that the dataset does not have. */
async function promptsOf(
  { connection }: Change,
  datasetId: string,
  completions: readonly SubmittedCompletion[],
): Promise<string[]> {
  const field = (index: number) => `input.completions.${index}.promptId`;
  const ids = completions.map(({ promptId }, index) => localId("Prompt", promptId, field(index)));
  const rows = await datasetsOfPrompts(connection, [...new Set(ids)]);
  const ofDataset = new Set(rows.filter((row) => row.datasetId === datasetId).map(({ id }) => id));
  for (const [index, id] of ids.entries()) if (!ofDataset.has(id)) throw missing("Prompt", id, field(index));
  return ids;
}

/** Gives each completion its position, key, sample and version beside those that its prompt has. */
function place(
  { source, completions }: SubmittedCompletions,
  promptIds: readonly string[],
  stored: readonly SampledCompletion[],
): NewCompletionRow[] {
  const before = grouped(stored, ({ promptId }) => promptId);
  const submitted = grouped([...completions.keys()], (index) => promptIds[index] as string);
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
        key: keys[ordinal] as string,
        text: (completions[index] as SubmittedCompletion).text,
        source,
        sampleIndex,
        version,
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
