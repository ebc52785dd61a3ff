import { checkText } from "../../datasets/records/names.js";
import {
  insertCompletions,
  sampledCompletionsOfPrompts,
} from "../../entities/queries/completions/completion-writes.js";
import { datasetsOfPrompts } from "../../entities/queries/prompts/prompt-writes.js";
import { badInput } from "../../errors.js";
import { requireDataset, requireRole } from "../access/visibility.js";
import { checkEach } from "../input/check-each.js";
import { globalId, localId } from "../input/global-id.js";
import { checkItems, LONGEST, missing } from "../input/input-rules.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import type { Changed } from "./create-prompts.js";
import { placeCompletions } from "./place-completions.js";
import { type Change, runChange, type Writer } from "./run-change.js";

export interface SubmittedCompletion {
  readonly promptId: string;
  readonly text: string;
  readonly sampleIndex?: number | null;
  readonly ended?: boolean | null;
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
    checkEach(input.completions, (completion, index) => checkCompletion(completion, `input.completions.${index}`));
  };
  return runChange(writer, { mutation: MUTATION, input, roles, check }, async (change) => {
    const { connection, manager, viewer } = change;
    const promptIds = await promptsOf(change, datasetId, input.completions);
    const revision = await beginChange(manager, datasetId);
    const stored = await sampledCompletionsOfPrompts(connection, [...new Set(promptIds)]);
    const placed = input.completions.map((completion, index) => ({
      ...completion,
      promptId: promptIds[index]!,
    }));
    const rows = placeCompletions(input.source, placed, stored);
    const ids = await insertCompletions(connection, datasetId, rows, {
      createdAt: new Date(),
      revision,
      modelId: null,
      samplingId: null,
    });
    const after = {
      source: input.source,
      completions: rows.map(({ promptId, key, sampleIndex, version }, index) => ({
        id: globalId("Completion", ids[index]!),
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
  const ids = checkEach(completions, ({ promptId }, index) => localId("Prompt", promptId, field(index)));
  const rows = await datasetsOfPrompts(connection, [...new Set(ids)]);
  const ofDataset = new Set(rows.filter((row) => row.datasetId === datasetId).map(({ id }) => id));
  return checkEach(ids, (id, index) => {
    if (!ofDataset.has(id)) throw missing("Prompt", id, field(index));
    return id;
  });
}
