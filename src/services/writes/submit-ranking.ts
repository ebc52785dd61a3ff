import { createHash } from "node:crypto";
import { rankingIdentity } from "../../datasets/formats/identity.js";
import { countComparisons } from "../../datasets/records/comparisons.js";
import { canonicalTiers, fromPositions, type RankedPositions, toPositions } from "../../datasets/records/tiers.js";
import { show } from "../../datasets/text/code-points.js";
import {
  type PlacedCompletion,
  sampledCompletionsOfPrompts,
} from "../../entities/queries/completions/completion-writes.js";
import {
  countRanking,
  earlierRanking,
  endRanking,
  insertAssessments,
  insertRanking,
  rankingsOfSet,
} from "../../entities/queries/judgments/label-writes.js";
import { badInput, conflict } from "../../errors.js";
import { checkEach } from "../input/check-each.js";
import { globalId, localId } from "../input/global-id.js";
import { checkDistinct, checkOptionalText, LONGEST, missing } from "../input/input-rules.js";
import { assessmentRow, checkAssessments, type GivenAssessment, judgmentsOf } from "./assessment-rules.js";
import { audit } from "./audit.js";
import type { Changed } from "./create-prompts.js";
import { beginWork, checkLabeler, datasetOfPrompt, type WorkBegun, type WorkOf } from "./labeler-at-work.js";
import { type Change, runChange, type Writer } from "./run-change.js";

export interface SubmittedRanking extends WorkOf {
  readonly promptId: string;
  /** Ids of completions, best tier first; those of one tier are tied. */
  readonly tiers: readonly (readonly string[])[];
  readonly displayOrder?: readonly string[] | null;
  readonly assessments: readonly GivenAssessment[];
  readonly durationMs?: number | null;
  readonly note?: string | null;
  readonly supersedesId?: string | null;
  readonly idempotencyKey?: string | null;
}

/** A ranking in terms of its prompt's completions. */
interface PlacedRanking {
  readonly ranked: RankedPositions;
  readonly displayOrder: number[] | null;
  /** The completion of each assessment. */
  readonly assessed: PlacedCompletion[];
  /** The prompt's completions, by position. */
  readonly completions: readonly PlacedCompletion[];
}

/**
 * Stores a labeler's order of two or more of a prompt's completions, and the assessments given with it: all or nothing.
 * A labeler ranks a set of completions once; to correct it, supersedesId names the ranking in force, which then goes out of
 * force with its assessments and stays readable as of earlier revisions.
 * Refused: fewer than two completions, an empty tier, one twice, one of another prompt; a display order that lacks a ranked
 * one; the same set again without supersedesId, or with one that is superseded already (CONFLICT).
 */
export async function submitRanking(writer: Writer, input: SubmittedRanking): Promise<Changed> {
  const check = () => {
    checkLabeler(input);
    canonicalTiers(input.tiers, "input.tiers");
    if (input.displayOrder) checkDisplayOrder(input.displayOrder, input.tiers);
    checkAssessments(input.assessments, "input.assessments");
    checkOptionalText(input.note, "input.note", 0, LONGEST.note);
    if (input.durationMs != null && input.durationMs < 0)
      throw badInput(`input.durationMs is ${input.durationMs}; it must be 0 or more.`, "input.durationMs");
  };
  return runChange(writer, { mutation: "submitRanking", input, check }, async (change) => {
    const promptId = localId("Prompt", input.promptId, "input.promptId");
    const datasetId = await datasetOfPrompt(change, promptId, "input.promptId");
    const begun = await beginWork(change, datasetId, input);
    const placed = await placeRanking(change, promptId, input);
    const supersedesId = await findSuperseded(change, promptId, begun, placed.ranked.positions, input.supersedesId);
    if (supersedesId !== null) await endRanking(change.connection, supersedesId, begun.work.revision);
    else await countRanking(change.connection, promptId);
    const id = await store(change, promptId, input, begun, placed, supersedesId);
    const notation = tiersOfKeys(placed)
      .map((tier) => tier.join("="))
      .join(">");
    await audit(change.manager, change.viewer, {
      action: "submitRanking",
      subject: globalId("Ranking", id),
      datasetId,
      before: supersedesId === null ? null : { ranking: globalId("Ranking", supersedesId) },
      after: {
        prompt: input.promptId,
        labeler: begun.labeler.handle,
        notation,
        instructions: begun.instructions,
        assessments: input.assessments.length,
      },
    });
    return { ids: [id], revision: begun.work.revision };
  });
}

function checkDisplayOrder(displayOrder: readonly string[], tiers: readonly (readonly string[])[]): void {
  checkDistinct(displayOrder, "input.displayOrder");
  const shown = new Set(displayOrder);
  for (const id of tiers.flat()) {
    if (!shown.has(id)) throw badInput(`input.displayOrder lacks ${show(id)}, which is ranked.`, "input.displayOrder");
  }
}

/** Finds the completions that a ranking names. Refused: any that is not of its prompt. */
async function placeRanking(
  { connection }: Change,
  promptId: string,
  { tiers, displayOrder, assessments }: SubmittedRanking,
): Promise<PlacedRanking> {
  const completions = await sampledCompletionsOfPrompts(connection, [promptId]);
  const byId = new Map(completions.map((completion) => [completion.id, completion]));
  const find = (id: string, field: string): PlacedCompletion => {
    const completion = byId.get(localId("Completion", id, field));
    if (completion) return completion;
    throw badInput(`${field} names ${show(id)}, which is no completion of this prompt.`, field);
  };
  const named = tiers.flatMap((tier, index) =>
    tier.map((id, place) => ({ id, field: `input.tiers.${index}.${place}` })),
  );
  checkEach(named, ({ id, field }) => find(id, field));
  const positions = new Map(completions.map(({ id, position }) => [globalId("Completion", id), position]));
  return {
    ranked: toPositions(tiers, positions),
    displayOrder: displayOrder
      ? checkEach(displayOrder, (id, index) => find(id, `input.displayOrder.${index}`).position)
      : null,
    assessed: checkEach(assessments, ({ completionId }, index) =>
      find(completionId, `input.assessments.${index}.completionId`),
    ),
    completions,
  };
}

/** The ranking that this one supersedes, or null where it is the labeler's first of the set. */
async function findSuperseded(
  { connection }: Change,
  promptId: string,
  { labeler }: WorkBegun,
  positions: readonly number[],
  supersedesId: string | null | undefined,
): Promise<string | null> {
  const inForce = await rankingsOfSet(connection, promptId, labeler.id, positions);
  if (supersedesId == null) {
    const [there] = inForce;
    if (there === undefined) return null;
    throw conflict(
      `The labeler ${show(labeler.handle)} has ranked this set of completions already (${globalId("Ranking", there.id)}); to correct it, give its id as supersedesId.`,
    );
  }
  const field = "input.supersedesId";
  const id = localId("Ranking", supersedesId, field);
  if (inForce.some((ranking) => ranking.id === id)) {
    const submitted = inForce.find((ranking) => ranking.isSubmitted && ranking.id !== id);
    if (submitted === undefined) return id;
    throw conflict(
      `The labeler ${show(labeler.handle)} has submitted a ranking of this set of completions since (${globalId("Ranking", submitted.id)}); to correct it, give its id as supersedesId.`,
    );
  }
  const earlier = await earlierRanking(connection, id);
  if (!earlier) throw missing("Ranking", id, field);
  if (earlier.promptId !== promptId) throw badInput(`${field} is a ranking of another prompt.`, field);
  if (earlier.labelerId !== labeler.id) throw badInput(`${field} is another labeler's ranking.`, field);
  const set = (completions: readonly number[]) => [...completions].sort((a, b) => a - b).join();
  if (set(earlier.completions) !== set(positions))
    throw badInput(`${field} is a ranking of another set of completions.`, field);
  throw conflict(`The ranking ${supersedesId} is superseded already; name the one in force.`);
}

async function store(
  { connection }: Change,
  promptId: string,
  input: SubmittedRanking,
  { work, labeler, instructions }: WorkBegun,
  placed: PlacedRanking,
  supersedesId: string | null,
): Promise<string> {
  const { ranked, displayOrder, assessed, completions } = placed;
  const tiers = tiersOfKeys(placed);
  const durationMs = input.durationMs ?? null;
  const note = input.note ?? null;
  // An assessment given with a ranking has the ranking's time and instructions, and a record says them once.
  const assessments = input.assessments.map((assessment, index) => ({
    completion: (assessed[index] as PlacedCompletion).key,
    ...judgmentsOf(assessment),
    createdAt: null,
    instructions: null,
  }));
  const identity = rankingIdentity({
    labeler: labeler.handle,
    tiers,
    displayOrder: displayOrder?.map((position) => completions[position]?.key as string) ?? null,
    durationMs,
    note,
    createdAt: work.createdAt,
    instructions,
    assessments,
  });
  const id = await insertRanking(connection, work, {
    promptId,
    completions: ranked.positions,
    tiers: ranked.tiers,
    displayOrder,
    strictPairs: countComparisons(tiers),
    durationMs,
    note,
    supersedesId,
    submittedSet: hashOfSet(ranked.positions),
    identity,
  });
  const rows = input.assessments.map((assessment, index) =>
    assessmentRow(assessment, assessed[index] as PlacedCompletion, index, identityWithin(identity, index)),
  );
  await insertAssessments(connection, work, id, rows);
  return id;
}

const tiersOfKeys = ({ ranked, completions }: PlacedRanking): string[][] =>
  fromPositions(
    ranked,
    completions.map(({ key }) => key),
  );

/** A hash of the set that was ranked, whatever its order: the database itself refuses it twice. */
const hashOfSet = (positions: readonly number[]): string =>
  uuidOf(`set\0${[...positions].sort((a, b) => a - b).join()}`);

/** An assessment given with a ranking is known by the ranking and its ordinal. */
const identityWithin = (ranking: string, ordinal: number): string => uuidOf(`assessment\0${ranking}\0${ordinal}`);

const uuidOf = (text: string): string =>
  createHash("sha256")
    .update(text, "utf8")
    .digest("hex")
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
