import { checkText } from "../../datasets/records/names.js";
import {
  annotateStates,
  datasetsOfPrompts,
  excludeStates,
  restoreStates,
  type StateWords,
  statesInForce,
} from "../../entities/queries/prompts/prompt-writes.js";
import { badInput, notFound } from "../../errors.js";
import type { PromptTrait, Stage, UseCase } from "../../vocabulary.js";
import { maySeeDataset } from "../access/visibility.js";
import { checkEach } from "../input/check-each.js";
import { globalId } from "../input/global-id.js";
import { checkDistinct, checkOptionalText, itemIds, LONGEST, missing } from "../input/input-rules.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { type Changed, type GivenTrait, inOrder, traitMap } from "./create-prompts.js";
import { type Change, type ChangeOrder, runChange, type Writer } from "./run-change.js";

/** What is left out stays as it is; null takes it back. */
export interface PromptAnnotations {
  readonly ids: readonly string[];
  readonly useCase?: UseCase | null;
  readonly language?: string | null;
  readonly traits?: readonly GivenTrait[] | null;
  readonly withoutTraits: readonly PromptTrait[];
  readonly stages?: readonly Stage[] | null;
}

/**
 * Changes what is said about 1 to 1,000 prompts of one dataset; the traits named are set, the others stay.
 * Refused: nothing to change, a trait set and taken back at once.
 */
export async function annotatePrompts(writer: Writer, input: PromptAnnotations): Promise<Changed> {
  const { useCase, language, traits, withoutTraits, stages } = input;
  const check = () => {
    if ([useCase, language, traits, stages].every((value) => value === undefined) && withoutTraits.length === 0) {
      throw badInput("Give at least one of useCase, language, traits, withoutTraits and stages.", "input");
    }
    checkOptionalText(language, "input.language", 1, LONGEST.language);
    checkDistinct([...(traits ?? []).map(({ trait }) => trait), ...withoutTraits], "input.traits");
    checkDistinct(stages ?? [], "input.stages");
  };
  return changeStates(
    writer,
    { mutation: "annotatePrompts", input, check },
    input.ids,
    ({ connection }, ids, revision) =>
      annotateStates(
        connection,
        ids,
        {
          useCase,
          language,
          traits: traits == null ? traits : traitMap(traits),
          withoutTraits,
          stages: stages == null ? stages : inOrder(stages),
        },
        revision,
      ),
  );
}

export interface PromptExclusion {
  readonly ids: readonly string[];
  readonly reason: string;
  readonly from: readonly Stage[];
}

/** Keeps 1 to 1,000 prompts of one dataset out of some stages, for a reason; an earlier exclusion is replaced. */
export async function excludePrompts(writer: Writer, input: PromptExclusion): Promise<Changed> {
  const check = () => {
    checkText(input.reason, "input.reason", 1, LONGEST.note);
    checkDistinct(input.from, "input.from");
    if (input.from.length === 0)
      throw badInput("input.from is empty; an exclusion is from at least one stage.", "input.from");
  };
  return changeStates(
    writer,
    { mutation: "excludePrompts", input, check },
    input.ids,
    ({ connection, viewer }, ids, revision) => {
      const from = inOrder(input.from) ?? [];
      return excludeStates(connection, ids, { reason: input.reason, from, by: viewer.name, at: new Date() }, revision);
    },
  );
}

/** Takes the exclusion of 1 to 1,000 prompts of one dataset back. */
export async function restorePrompts(writer: Writer, input: { readonly ids: readonly string[] }): Promise<Changed> {
  return changeStates(
    writer,
    { mutation: "restorePrompts", input, place: "" },
    input.ids,
    ({ connection }, ids, revision) => restoreStates(connection, ids, revision),
  );
}

/** Changes the states of prompts of one dataset in a new revision, with an audit entry of what they were and are. */
async function changeStates(
  writer: Writer,
  order: ChangeOrder,
  globalIds: readonly string[],
  work: (change: Change, promptIds: readonly string[], revision: number) => Promise<void>,
): Promise<Changed> {
  const field = order.place === "" ? "ids" : "input.ids";
  return runChange(writer, order, async (change) => {
    const { connection, manager, viewer } = change;
    const ids = itemIds("Prompt", globalIds, field);
    const datasetId = await oneDataset(change, ids, field);
    const revision = await beginChange(manager, datasetId);
    const before = await statesInForce(connection, ids);
    if (before.length < ids.length) throw notFound("A prompt");
    await work(change, ids, revision);
    await audit(manager, viewer, {
      action: order.mutation,
      subject: globalId("Dataset", datasetId),
      datasetId,
      before: { prompts: before.map(wordsForAudit) },
      after: { prompts: (await statesInForce(connection, ids)).map(wordsForAudit) },
    });
    return { ids, revision };
  });
}

/** The one dataset of some prompts. Refused: prompts that are not there or hidden, and those of several datasets. */
async function oneDataset({ connection, viewer }: Change, ids: readonly string[], field: string): Promise<string> {
  const rows = await datasetsOfPrompts(connection, ids);
  const found = new Map(rows.map((row) => [row.id, row.datasetId]));
  const datasets = new Set<string>();
  checkEach(ids, (id) => {
    const datasetId = found.get(id);
    if (datasetId === undefined || !maySeeDataset(viewer, datasetId)) throw missing("Prompt", id, field);
    datasets.add(datasetId);
  });
  const [datasetId] = datasets;
  if (datasetId === undefined || datasets.size > 1)
    throw badInput(`${field} names prompts of ${datasets.size} datasets; they must be of one.`, field);
  return datasetId;
}

const wordsForAudit = ({ promptId, ...words }: StateWords): Record<string, unknown> => ({
  id: globalId("Prompt", promptId),
  ...words,
});
