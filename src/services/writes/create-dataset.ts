import { checkSlug, checkText } from "../../datasets/records/names.js";
import { show } from "../../datasets/text/code-points.js";
import { insertDataset } from "../../entities/queries/datasets/dataset-writes.js";
import { badInput, conflict } from "../../errors.js";
import { LENGTH_TOKENIZERS, type LengthTokenizer } from "../../vocabulary.js";
import { globalId } from "../input/global-id.js";
import { audit } from "./audit.js";
import { runChange, type Writer } from "./run-change.js";

export interface NewDataset {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly tokenizer?: string | null;
  readonly idempotencyKey?: string | null;
}

/** Longest description of a dataset, in characters. */
export const LONGEST_DESCRIPTION = 10_000;

/**
 * Creates an empty dataset. Refused: a slug against the rule or taken (CONFLICT), an unknown tokenizer.
 * @returns the dataset's number
 */
export async function createDataset(writer: Writer, input: NewDataset): Promise<string> {
  const { slug, name, description } = input;
  const check = () => {
    checkSlug(slug, "input.slug");
    checkText(name, "input.name", 1, 200);
    checkText(description, "input.description", 0, LONGEST_DESCRIPTION);
  };
  return runChange(writer, { mutation: "createDataset", input, check }, async ({ connection, manager, viewer }) => {
    const tokenizer = tokenizerOf(input.tokenizer ?? "GPT2");
    const id = await insertDataset(connection, { slug, name, description, tokenizer });
    if (id === null) throw conflict(`The slug ${show(slug)} is taken by another dataset.`);
    const after = { slug, name, description, tokenizer };
    await audit(manager, viewer, { action: "createDataset", subject: globalId("Dataset", id), datasetId: id, after });
    return id;
  });
}

function tokenizerOf(name: string): LengthTokenizer {
  const tokenizer = LENGTH_TOKENIZERS.find((known) => known === name);
  if (tokenizer) return tokenizer;
  throw badInput(
    `input.tokenizer is ${show(name)}; it must be one of ${LENGTH_TOKENIZERS.join(", ")}.`,
    "input.tokenizer",
  );
}
