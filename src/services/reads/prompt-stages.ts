import { deriveStages } from "../../datasets/records/stages.js";
import type { PromptRecord } from "../../entities/queries/prompts/prompts.js";
import type { Stage } from "../../vocabulary.js";
import type { Loaders } from "../request/loaders.js";

/** The stages of a prompt as of the revision it was read at: stated, or derived from what was said of it by then. */
export async function stagesOf(loaders: Loaders, prompt: PromptRecord): Promise<readonly Stage[]> {
  const { id, asOf, source, fewShot } = prompt;
  const said =
    prompt.explicitStages === null
      ? await loaders.stageFactsOfPrompt.load({ id, asOf })
      : { demonstrations: 0, rankings: 0, strictPairs: 0, assessments: 0 };
  if (!said) return [];
  return deriveStages({ ...said, explicit: prompt.explicitStages, source, fewShotPairs: fewShot.length });
}
