import { assessmentIdentity } from "../../datasets/formats/identity.js";
import { type PlacedCompletion, placesOfCompletions } from "../../entities/queries/completions/completion-writes.js";
import { insertAssessments, type NewAssessmentRow } from "../../entities/queries/judgments/label-writes.js";
import { badInput } from "../../errors.js";
import { maySeeDataset } from "../access/visibility.js";
import { checkEach } from "../input/check-each.js";
import { globalId, localId } from "../input/global-id.js";
import { checkItems, missing } from "../input/input-rules.js";
import { assessmentRow, checkAssessments, type GivenAssessment, judgmentsOf } from "./assessment-rules.js";
import { audit } from "./audit.js";
import type { Changed } from "./create-prompts.js";
import { beginWork, checkLabeler, type WorkBegun, type WorkOf } from "./labeler-at-work.js";
import { type Change, runChange, type Writer } from "./run-change.js";

export interface SubmittedAssessments extends WorkOf {
  readonly assessments: readonly GivenAssessment[];
  readonly idempotencyKey?: string | null;
}

/**
 * Stores what a labeler says of 1 to 1,000 completions of one dataset, each judged alone, all or none. Said again, the
 * later counts. Refused: a completion twice, completions of several datasets, and what breaks a scale.
 */
export async function submitAssessments(writer: Writer, input: SubmittedAssessments): Promise<Changed> {
  const check = () => {
    checkLabeler(input);
    checkItems(input.assessments, "input.assessments");
    checkAssessments(input.assessments, "input.assessments");
  };
  return runChange(writer, { mutation: "submitAssessments", input, check }, async (change) => {
    const completions = await completionsOf(change, input.assessments);
    const datasetId = oneDataset(completions);
    const begun = await beginWork(change, datasetId, input);
    const rows = rowsOf(input.assessments, completions, begun);
    const ids = await insertAssessments(change.connection, begun.work, null, rows);
    await audit(change.manager, change.viewer, {
      action: "submitAssessments",
      subject: globalId("Dataset", datasetId),
      datasetId,
      after: {
        labeler: begun.labeler.handle,
        instructions: begun.instructions,
        assessments: input.assessments.map((assessment, index) => ({
          id: globalId("Assessment", ids[index]!),
          completion: assessment.completionId,
          ...judgmentsOf(assessment),
        })),
      },
    });
    return { ids, revision: begun.work.revision };
  });
}

/** The completion of each assessment. Refused: one that is not there or hidden. */
async function completionsOf(
  { connection, viewer }: Change,
  assessments: readonly GivenAssessment[],
): Promise<PlacedCompletion[]> {
  const field = (index: number) => `input.assessments.${index}.completionId`;
  const ids = checkEach(assessments, ({ completionId }, index) => localId("Completion", completionId, field(index)));
  const found = new Map((await placesOfCompletions(connection, ids)).map((completion) => [completion.id, completion]));
  return checkEach(ids, (id, index) => {
    const completion = found.get(id);
    if (!completion || !maySeeDataset(viewer, completion.datasetId)) throw missing("Completion", id, field(index));
    return completion;
  });
}

function oneDataset(completions: readonly PlacedCompletion[]): string {
  const datasets = new Set(completions.map(({ datasetId }) => datasetId));
  const [datasetId] = datasets;
  if (datasetId === undefined || datasets.size > 1) {
    const field = "input.assessments";
    throw badInput(`${field} speaks of completions of ${datasets.size} datasets; they must be of one.`, field);
  }
  return datasetId;
}

function rowsOf(
  assessments: readonly GivenAssessment[],
  completions: readonly PlacedCompletion[],
  { work, labeler, instructions }: WorkBegun,
): NewAssessmentRow[] {
  const ofPrompt = new Map<string, number>();
  return assessments.map((assessment, index) => {
    const completion = completions[index] as PlacedCompletion;
    const ordinal = ofPrompt.get(completion.promptId) ?? 0;
    ofPrompt.set(completion.promptId, ordinal + 1);
    const identity = assessmentIdentity({
      labeler: labeler.handle,
      completion: completion.key,
      ...judgmentsOf(assessment),
      createdAt: work.createdAt,
      instructions,
    });
    return assessmentRow(assessment, completion, ordinal, identity);
  });
}
