import { promptIdentity } from "../../datasets/formats/identity.js";
import { MOST_FEW_SHOT } from "../../datasets/formats/native-prompt.js";
import { checkText } from "../../datasets/records/names.js";
import { promptKind } from "../../datasets/records/records.js";
import { show } from "../../datasets/text/code-points.js";
import { insertPromptStates, insertPrompts } from "../../entities/queries/prompts/prompt-writes.js";
import { badInput, conflict } from "../../errors.js";
import {
  type PromptKind,
  type PromptSource,
  type PromptTrait,
  type Split,
  STAGES,
  type Stage,
  type UseCase,
} from "../../vocabulary.js";
import { requireDataset } from "../access/visibility.js";
import { checkEach } from "../input/check-each.js";
import { globalId, localId } from "../input/global-id.js";
import { checkDistinct, checkItems, checkOptionalText, LONGEST } from "../input/input-rules.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { type Change, runChange, type Writer } from "./run-change.js";
import { groupsForAuthors, setSplits, splitGrouping, splitsInForce } from "./split-groups.js";

/** A trait of a prompt: true, false, or null (asked, not applicable). */
export interface GivenTrait {
  readonly trait: PromptTrait;
  readonly value?: boolean | null;
}

export interface NewPrompt {
  readonly externalId?: string | null;
  readonly text: string;
  readonly kind?: PromptKind | null;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
  readonly useCase?: UseCase | null;
  readonly source: PromptSource;
  readonly author?: string | null;
  readonly language?: string | null;
  readonly traits: readonly GivenTrait[];
  readonly stages?: readonly Stage[] | null;
  readonly split?: Split | null;
  readonly tags: readonly string[];
  readonly metadata?: Record<string, unknown> | null;
}

export interface NewPrompts {
  readonly datasetId: string;
  readonly prompts: readonly NewPrompt[];
  readonly idempotencyKey?: string | null;
}

/** Rows that a mutation made or changed, and the revision as of which they are to be read. */
export interface Changed {
  readonly ids: readonly string[];
  readonly revision: number;
}

const MOST_TAGS = 100;

/**
 * Stores 1 to 1,000 prompts, all or none, in their order. A prompt joins its author's group and so its split; a split
 * stated for it becomes its group's. Refused: an empty text; the same prompt twice (its externalId; else its text, few-shot
 * pairs, source and author) in the input or in the dataset; another split than the group has (CONFLICT).
 */
export async function createPrompts(writer: Writer, input: NewPrompts): Promise<Changed> {
  const check = () => {
    checkItems(input.prompts, "input.prompts");
    checkEach(input.prompts, (prompt, index) => checkPrompt(prompt, `input.prompts.${index}`));
  };
  return runChange(writer, { mutation: "createPrompts", input, check }, async (change) => {
    const { connection, manager, viewer } = change;
    const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
    requireDataset(viewer, datasetId);
    const revision = await beginChange(manager, datasetId);
    const ids = await insertAll(change, datasetId, input.prompts, revision);
    const authors = input.prompts.map(({ author }) => author ?? null);
    const grouping = await splitGrouping(connection, datasetId);
    const groups = await groupsForAuthors(connection, datasetId, authors, grouping);
    await splitGroups(change, input.prompts, groups, revision);
    const states = input.prompts.map((prompt, index) => ({
      promptId: ids[index]!,
      splitGroupId: groups[index]!,
      useCase: prompt.useCase ?? null,
      language: prompt.language ?? null,
      traits: traitMap(prompt.traits),
      stages: inOrder(prompt.stages),
    }));
    await insertPromptStates(connection, datasetId, states, revision);
    const after = { prompts: ids.map((id) => globalId("Prompt", id)) };
    await audit(manager, viewer, { action: "createPrompts", subject: input.datasetId, datasetId, after });
    return { ids, revision };
  });
}

function checkPrompt(prompt: NewPrompt, field: string): void {
  checkOptionalText(prompt.externalId, `${field}.externalId`, 1, LONGEST.externalId);
  checkText(prompt.text, `${field}.text`, 1, LONGEST.text);
  checkOptionalText(prompt.author, `${field}.author`, 1, LONGEST.externalId);
  checkOptionalText(prompt.language, `${field}.language`, 1, LONGEST.language);
  if (prompt.fewShot.length > MOST_FEW_SHOT)
    throw badInput(
      `${field}.fewShot has ${prompt.fewShot.length} pairs; it may have ${MOST_FEW_SHOT}.`,
      `${field}.fewShot`,
    );
  for (const [index, { query, response }] of prompt.fewShot.entries()) {
    checkText(query, `${field}.fewShot.${index}.query`, 0, LONGEST.text);
    checkText(response, `${field}.fewShot.${index}.response`, 0, LONGEST.text);
  }
  checkDistinct(
    prompt.traits.map(({ trait }) => trait),
    `${field}.traits`,
  );
  checkDistinct(prompt.stages ?? [], `${field}.stages`);
  checkDistinct(prompt.tags, `${field}.tags`);
  if (prompt.tags.length > MOST_TAGS)
    throw badInput(`${field}.tags has ${prompt.tags.length} items; it may have ${MOST_TAGS}.`, `${field}.tags`);
  for (const [index, tag] of prompt.tags.entries()) checkText(tag, `${field}.tags.${index}`, 1, LONGEST.tag);
}

async function insertAll(
  { connection }: Change,
  datasetId: string,
  prompts: readonly NewPrompt[],
  revision: number,
): Promise<string[]> {
  const rows = prompts.map((prompt) => {
    const { text, source } = prompt;
    const externalId = prompt.externalId ?? null;
    const author = prompt.author ?? null;
    const fewShot = prompt.fewShot.map(({ query, response }) => ({ query, response }));
    const identity = promptIdentity({ externalId, text, fewShot, source, author });
    const kind = promptKind({ kind: prompt.kind ?? null, fewShot });
    return {
      identity,
      externalId,
      text,
      kind,
      fewShot,
      source,
      author,
      tags: prompt.tags,
      metadata: prompt.metadata ?? {},
    };
  });
  const first = new Map<string, number>();
  checkEach(rows, ({ identity }, index) => {
    const before = first.get(identity);
    if (before !== undefined) {
      const field = `input.prompts.${index}`;
      throw badInput(`${field} is the same prompt as input.prompts.${before}: ${WHAT_IS_THE_SAME}.`, field);
    }
    first.set(identity, index);
  });
  const stored = await insertPrompts(connection, datasetId, rows, new Date(), revision);
  return checkEach(rows, ({ identity, externalId }, index) => {
    const id = stored.get(identity);
    if (id !== undefined) return id;
    const named = externalId === null ? "" : ` (externalId ${show(externalId)})`;
    const field = `input.prompts.${index}`;
    throw conflict(`${field}${named} is in the dataset already: ${WHAT_IS_THE_SAME}.`, field);
  });
}

const WHAT_IS_THE_SAME =
  "prompts are the same when their externalId is, or, without one, their text, few-shot pairs, source and author";

/** Gives groups the splits stated for their prompts. */
async function splitGroups(
  { connection }: Change,
  prompts: readonly NewPrompt[],
  groups: readonly string[],
  revision: number,
): Promise<void> {
  if (prompts.every(({ split }) => split == null)) return;
  const known = await splitsInForce(connection, groups);
  const stated = new Map<string, Split>();
  checkEach(prompts, ({ split, author }, index) => {
    const group = groups[index]!;
    if (split == null) return;
    const has = known.get(group) ?? stated.get(group);
    if (has !== undefined && has !== split) {
      const field = `input.prompts.${index}.split`;
      throw conflict(
        `${field} is ${split}, but the prompts of ${show(author ?? null)} are in ${has}: what an author wrote is in one split.`,
        field,
      );
    }
    if (has === undefined) stated.set(group, split);
  });
  await setSplits(connection, stated, revision);
}

/** Traits as the database keeps them: by word. */
export const traitMap = (traits: readonly GivenTrait[]): Partial<Record<PromptTrait, boolean | null>> =>
  Object.fromEntries(traits.map(({ trait, value }) => [trait, value ?? null]));

/** Stages in the vocabulary's order; null stays null. */
export const inOrder = (stages: readonly Stage[] | null | undefined): Stage[] | null =>
  stages == null ? null : STAGES.filter((stage) => stages.includes(stage));
