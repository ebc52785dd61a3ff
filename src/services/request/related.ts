import type { InstructionVersionRecord } from "../../entities/queries/datasets/instruction-versions.js";
import type { LabelerRecord } from "../../entities/queries/labelers/labelers.js";
import type { PromptRecord } from "../../entities/queries/prompts/prompts.js";
import type { Loaders } from "./loaders.js";

/** The prompt of a record, as of the revision that the record was read at. */
export const promptOf = (
  loaders: Loaders,
  { promptId, asOf }: { readonly promptId: string; readonly asOf: number },
): Promise<PromptRecord | null> => loaders.prompt.load({ id: promptId, asOf });

/** The labeler of a record, in the pool of the record's dataset as of the revision that the record was read at. */
export const labelerOf = (
  loaders: Loaders,
  { labelerId, datasetId, asOf }: { readonly labelerId: string; readonly datasetId: string; readonly asOf: number },
): Promise<LabelerRecord | null> => loaders.labeler.load({ id: labelerId, datasetId, asOf });

/** The instructions that a record was made under, or null where they are not known. */
export const instructionsOf = async (
  loaders: Loaders,
  { instructionVersionId }: { readonly instructionVersionId: string | null },
): Promise<InstructionVersionRecord | null> =>
  instructionVersionId === null ? null : loaders.instructionVersion.load(instructionVersionId);
