import { demonstrationIdentity } from "../../datasets/formats/identity.js";
import { checkText } from "../../datasets/records/names.js";
import { insertDemonstration } from "../../entities/queries/judgments/label-writes.js";
import { globalId, localId } from "../input/global-id.js";
import { LONGEST } from "../input/input-rules.js";
import { audit } from "./audit.js";
import type { Changed } from "./create-prompts.js";
import { beginWork, checkLabeler, datasetOfPrompt, type WorkOf } from "./labeler-at-work.js";
import { runChange, type Writer } from "./run-change.js";

export interface SubmittedDemonstration extends WorkOf {
  readonly promptId: string;
  readonly text: string;
  readonly idempotencyKey?: string | null;
}

/** Stores what a labeler would have a model answer to a prompt. A labeler may write several for one prompt. */
export async function submitDemonstration(writer: Writer, input: SubmittedDemonstration): Promise<Changed> {
  const { text } = input;
  const check = () => {
    checkLabeler(input);
    checkText(text, "input.text", 0, LONGEST.text);
  };
  return runChange(writer, { mutation: "submitDemonstration", input, check }, async (change) => {
    const promptId = localId("Prompt", input.promptId, "input.promptId");
    const datasetId = await datasetOfPrompt(change, promptId, "input.promptId");
    const { work, labeler, instructions } = await beginWork(change, datasetId, input);
    const { createdAt, revision } = work;
    const identity = demonstrationIdentity({ labeler: labeler.handle, text, createdAt, instructions });
    const id = await insertDemonstration(change.connection, work, { promptId, text, identity });
    await audit(change.manager, change.viewer, {
      action: "submitDemonstration",
      subject: globalId("Demonstration", id),
      datasetId,
      after: { prompt: input.promptId, labeler: labeler.handle, characters: [...text].length, instructions },
    });
    return { ids: [id], revision };
  });
}
