import {
  type CompletionSourceRecord,
  completionSources,
} from "../../entities/queries/completions/completion-sources.js";
import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import type { InstructionVersionRecord } from "../../entities/queries/datasets/instruction-versions.js";
import { countsByUseCase } from "../../entities/queries/datasets/use-cases.js";
import type { SplitPolicyRecord } from "../../entities/queries/splits/split-policies.js";
import { type LengthGrouping, USE_CASES, type UseCase } from "../../vocabulary.js";
import type { Context } from "../request/context.js";
import { answerOnce } from "../statistics/dataset-answers.js";
import { type GroupLengths, lengths } from "../statistics/lengths.js";
import { type SplitSizeFacts, splitSizes } from "../statistics/split-sizes.js";

type Reader = Pick<Context, "database">;

/** How many prompts have a use case (null: not annotated), and which share of all that is. */
export interface ShareOfUseCase {
  readonly useCase: UseCase | null;
  readonly prompts: number;
  readonly share: number;
}

/** Who wrote a dataset's completions, by name. */
export const sourcesOf = ({ database }: Reader, { id, revision }: DatasetRecord): Promise<CompletionSourceRecord[]> =>
  answerOnce(database, id, revision, ["sources"], () => completionSources(database, id, revision));

/** The versions of a dataset's instructions, in order. */
export const instructionVersionsOf = (
  { loaders }: Pick<Context, "loaders">,
  { id, revision }: DatasetRecord,
): Promise<readonly InstructionVersionRecord[]> => loaders.instructionVersionsOfDataset.load({ id, asOf: revision });

/** How a dataset's splits were assigned, or null. */
export async function splitPolicyOf(
  { loaders }: Pick<Context, "loaders">,
  { id, revision }: DatasetRecord,
): Promise<SplitPolicyRecord | null> {
  const [policy] = await loaders.splitPolicyOfDataset.load({ id, asOf: revision });
  return policy ?? null;
}

/** How much each stage has of each split and source. */
export const splitSizesOf = ({ database }: Reader, { id, revision }: DatasetRecord): Promise<SplitSizeFacts[]> =>
  answerOnce(database, id, revision, ["splitSizes"], () => splitSizes(database, id, revision));

/** How a dataset's prompts spread over use cases, the most frequent first, else in the vocabulary's order. */
export const sharesOfUseCases = ({ database }: Reader, { id, revision }: DatasetRecord): Promise<ShareOfUseCase[]> =>
  answerOnce(database, id, revision, ["useCases"], async () => {
    const counts = await countsByUseCase(database, id, revision);
    const all = counts.reduce((sum, { prompts }) => sum + prompts, 0);
    const order = (useCase: UseCase | null) => (useCase === null ? USE_CASES.length : USE_CASES.indexOf(useCase));
    return counts
      .map(({ useCase, prompts }) => ({ useCase, prompts, share: prompts / all }))
      .sort((a, b) => b.prompts - a.prompts || order(a.useCase) - order(b.useCase));
  });

/** How long a dataset's texts are. */
export const lengthsOf = ({ database }: Reader, dataset: DatasetRecord, by: LengthGrouping): Promise<GroupLengths[]> =>
  answerOnce(database, dataset.id, dataset.revision, ["lengths", by], () =>
    lengths(database, dataset, dataset.revision, by),
  );
