import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { byteTokenizer } from "../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Tokenizer } from "../../src/datasets/tokenizers/tokenizer.js";
import { globalId, parseGlobalId } from "../../src/services/input/global-id.js";
import { type Architecture, withScalarHead } from "../../src/training/config/model-shape.js";
import { writeModel } from "../../src/training/files/model-file.js";
import { writeSafetensors } from "../../src/training/files/safetensors.js";
import type { ModelStage } from "../../src/vocabulary.js";
import { Random } from "../datasets/random.js";
import { newValues } from "../training/support.js";
import type { TestServer } from "./server.js";

/** Small enough that a text takes a few milliseconds. */
const ARCHITECTURE: Architecture = {
  layers: 1,
  heads: 2,
  width: 16,
  contextLength: 48,
  vocabularySize: 257,
  tokenizer: "BYTES",
};

export interface StoredModel {
  readonly id: string;
  readonly name: string;
  readonly architecture: Architecture;
  readonly values: Float32Array;
}

/** A model of a dataset as a job leaves it, with random weights that are far from uniform: its file, and its row. */
export async function storeModel(
  { database, directory }: Pick<TestServer, "database" | "directory">,
  given: {
    readonly name: string;
    readonly stage: ModelStage;
    readonly datasetId: string;
    readonly seed?: number;
    readonly parentIds?: readonly string[];
    readonly jobId?: string;
    /** The last weight, which is the scalar head's bias where there is one. */
    readonly bias?: number;
    /** Of its own; else bytes. */
    readonly tokenizer?: Tokenizer;
  },
): Promise<StoredModel> {
  const { name, stage, datasetId, seed = 1, parentIds = [], jobId, bias, tokenizer = byteTokenizer } = given;
  const { kind, vocabularySize } = tokenizer;
  const shape = { ...ARCHITECTURE, tokenizer: kind, vocabularySize };
  const architecture = stage === "REWARD" ? withScalarHead(shape) : shape;
  const random = new Random(seed);
  const values = newValues(architecture, seed).map((value) => value * 6 + (random.next() - 0.5) * 0.2);
  if (bias !== undefined) values[values.length - 1] = bias;
  const bytes = writeSafetensors(writeModel({ stage, architecture, tokenizer, values }));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  directory.prepare("0");
  writeFileSync(directory.model(sha256), bytes);
  const number = (id: string | undefined) => (id === undefined ? null : (parseGlobalId(id)?.id ?? null));
  const [model] = await database.select<{ id: string }>(
    `insert into model (name, stage, job_id, dataset_id, architecture, tokenizer, parameter_count, sha256, bytes)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [name, stage, number(jobId), number(datasetId), architecture, kind, values.length, sha256, bytes.length],
  );
  const id = model?.id ?? "";
  for (const [position, parent] of parentIds.entries()) {
    await database.select("insert into model_parent (model_id, position, parent_id) values ($1, $2, $3)", [
      id,
      position,
      number(parent),
    ]);
  }
  return { id: globalId("Model", id), name, architecture, values };
}
