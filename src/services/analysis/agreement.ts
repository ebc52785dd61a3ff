import { checkResampling, type Interval } from "../../agreement/intervals/interval.js";
import type { CoefficientTable } from "../../agreement/report/coefficient-table.js";
import type { LabelerPairAgreement } from "../../agreement/report/labeler-matrix.js";
import type { Database } from "../../entities/database/database.js";
import type { JudgmentFilter } from "../../entities/queries/judgments/judgments.js";
import { badInput } from "../../errors.js";
import {
  type AgreementCluster,
  type AgreementMeasure,
  type CoefficientName,
  type LabelerPool,
  OUTPUT_LABELS,
  type OutputLabel,
  type PromptSource,
  type Split,
  type TiePolicy,
  type UseCase,
} from "../../vocabulary.js";
import { localId, localIds } from "../input/global-id.js";
import { checkPeriod } from "../input/input-rules.js";
import { type Kept, RevisionCaches } from "../statistics/revision-cache.js";
import { analyse } from "./analysis-thread.js";
import type { AgreementFacts } from "./compute-agreement.js";
import type { ContestedJudgments } from "./contested-judgments.js";

/** The arguments of an agreement report, as a client gives them. */
export interface AgreementRequest {
  readonly measure: AgreementMeasure;
  readonly label?: OutputLabel | null;
  readonly tiePolicy: TiePolicy;
  readonly pool?: LabelerPool | null;
  readonly labelerIds?: readonly string[] | null;
  readonly split?: Split | null;
  readonly useCases?: readonly UseCase[] | null;
  readonly sources?: readonly PromptSource[] | null;
  readonly createdFrom?: Date | null;
  readonly createdTo?: Date | null;
  readonly instructionVersionId?: string | null;
  readonly cluster: AgreementCluster;
  readonly resamples: number;
  readonly seed: number;
}

/** A report as of a revision, of which the longer parts are computed when asked. */
export interface AgreementReport extends AgreementFacts {
  /** The 95 % intervals of some labelers' lines, in their order. */
  labelerIntervals(labelerIds: readonly string[]): Promise<readonly (Interval | null)[]>;
  /** The labeler pairs that share at least `minUnits` units that count, by ascending a, then b. */
  matrix(minUnits: number): Promise<readonly LabelerPairAgreement[]>;
  /** What was said of the most contested prompts. */
  contestedJudgments(): Promise<readonly ContestedJudgments[]>;
  /** The table behind a coefficient of this report; null where it has none or is not listed. */
  table(name: CoefficientName): Promise<CoefficientTable | null>;
}

/** Reports kept in memory, over all datasets. */
export const KEPT_AGREEMENTS: Kept = { answers: 16, bytes: 64 << 20 };

const reports = new RevisionCaches<AgreementFacts>(KEPT_AGREEMENTS);

/**
 * How far the labelers of a dataset agree, as of a revision; counted and resampled in the thread that analyses. Excluded prompts
 * count: they were judged like the others. Refused: measure LABEL without a label and a label with another, resamples
 * outside 200 to 20,000, ids that are none.
 */
export async function agreementReport(
  database: Database,
  dataset: { readonly id: string; readonly asOf: number },
  request: AgreementRequest,
): Promise<AgreementReport> {
  checkLabel(request);
  const filter = judgmentFilter(dataset, request);
  const { measure, tiePolicy, resamples, seed } = request;
  const options = { measure, tiePolicy, resamples, seed };
  checkResampling(options);
  const question = { filter, options };
  const facts = await reports
    .of(database)
    .get(dataset.id, dataset.asOf, question, () => analyse(database, "agreement", question));
  return {
    ...facts,
    labelerIntervals: (labelerIds) => analyse(database, "labelerIntervals", { ...question, labelerIds }),
    async matrix(minUnits) {
      checkMinUnits(minUnits);
      return analyse(database, "labelerMatrix", { ...question, minUnits });
    },
    contestedJudgments: () =>
      analyse(database, "contestedJudgments", {
        ...question,
        promptIds: facts.mostContested.map(({ promptId }) => promptId),
      }),
    table: (name) => analyse(database, "coefficientTable", { ...question, name }),
  };
}

/** Refused: a number of units below 0. */
function checkMinUnits(minUnits: number): void {
  if (minUnits < 0) throw badInput(`minUnits is ${minUnits}; it must be at least 0.`, "minUnits");
}

/** Refused: measure LABEL without a label, and a label with another measure. */
export function checkLabel({ measure, label }: AgreementRequest): void {
  if (measure === "LABEL" && label == null)
    throw badInput(
      `The measure is LABEL and no label is given; label is one of ${OUTPUT_LABELS.join(", ")}.`,
      "input.label",
    );
  if (measure !== "LABEL" && label != null)
    throw badInput(`label goes with measure LABEL; the measure is ${measure}.`, "input.label");
}

/** The judgments that a request lets through. Refused: ids that are none, a period that ends before it begins. */
export function judgmentFilter(
  dataset: { readonly id: string; readonly asOf: number },
  request: AgreementRequest,
): JudgmentFilter {
  checkPeriod(request.createdFrom, request.createdTo, "input.createdTo");
  return {
    datasetId: dataset.id,
    asOf: dataset.asOf,
    label: request.label ?? null,
    cluster: request.cluster,
    pool: request.pool ?? null,
    labelerIds: localIds("Labeler", request.labelerIds, "input.labelerIds"),
    split: request.split ?? null,
    useCases: request.useCases ?? null,
    sources: request.sources ?? null,
    createdFrom: request.createdFrom ?? null,
    createdTo: request.createdTo ?? null,
    instructionVersionId:
      request.instructionVersionId == null
        ? null
        : localId("InstructionVersion", request.instructionVersionId, "input.instructionVersionId"),
  };
}
