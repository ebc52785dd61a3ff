/** The entry of a worker thread that converts one model between our file and Hugging Face's layout, then ends. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { show } from "../../datasets/text/code-points.js";
import { counted } from "../../datasets/text/counted.js";
import { JobFailure } from "../../errors.js";
import { readWhole, writeFileAtomically } from "../../files/atomic-write.js";
import { asJobFailure } from "../../files/failures.js";
import { readBeginning } from "../../files/read-beginning.js";
import { isWhole } from "../../files/verified-bytes.js";
import { tokenizerHash } from "../../training/config/same-tokenizer.js";
import { readDescription, writeModel } from "../../training/files/model-file.js";
import { headerEnd, readLayout, readSafetensors, writeSafetensors } from "../../training/files/safetensors.js";
import { exportTexts } from "../../training/hugging-face/export-texts.js";
import { exportWeights, HEAD_TENSORS, partsSize } from "../../training/hugging-face/export-weights.js";
import { readGpt2Config } from "../../training/hugging-face/import-config.js";
import { checkMemory } from "../../training/hugging-face/import-memory.js";
import { importGpt2 } from "../../training/hugging-face/import-model.js";
import type { Weights } from "../../training/hugging-face/import-weights.js";
import { readIndex, shardFilesOf } from "../../training/hugging-face/shards.js";
import { MODEL_WEIGHTS, MODEL_WEIGHTS_INDEX, OTHER_WEIGHTS } from "../../vocabulary.js";
import type { CheckedConfig, ConvertedModel, ConvertOrder, ConvertReply, ExportPlan } from "./convert-model.js";

/** A tokenizer's file is refused beyond this: GPT-2's tokenizer.json has 1.4 MB. */
const MOST_TEXT_BYTES = 64 << 20;
/** Tensors, our array of them, and the file that is written stand in memory at once. */
const COPIES = 4;

async function convert(order: ConvertOrder): Promise<ConvertReply> {
  try {
    if (order.kind === "check") return checkConfig(order);
    if (order.kind === "tokenizer") return { tokenizerSha256: hashOfTokenizer(order.file) };
    return order.kind === "export" ? await planExport(order) : await importFolder(order);
  } catch (error) {
    const isExpected = error instanceof JobFailure || typeof (error as { errno?: unknown }).errno === "number";
    if (!isExpected) throw error;
    return { refusal: asJobFailure(error, "the model").message };
  }
}

async function planExport({ file, stage, sha256 }: Extract<ConvertOrder, { kind: "export" }>): Promise<ExportPlan> {
  if (!(await isWhole(file, sha256))) throw refused("The file of the model is gone or damaged.");
  const { bytes, fileBytes } = readBeginning(file, headerEnd);
  const { metadata, dataStart } = readLayout(bytes, fileBytes);
  const { architecture, tokenizer } = await readDescription(metadata);
  const head = stage === "REWARD" ? headOf(file) : new Map<string, Float32Array>();
  const texts = await exportTexts({ stage, architecture, tokenizer });
  const weights = exportWeights(stage, architecture, head);
  return { texts, weights, weightsBytes: partsSize(weights), dataStart };
}

/** Of a file whose hash was checked before. */
function hashOfTokenizer(file: string): string {
  const { bytes, fileBytes } = readBeginning(file, headerEnd);
  return tokenizerHash(readLayout(bytes, fileBytes).metadata.tokenizer ?? "");
}

function headOf(file: string): Map<string, Float32Array> {
  const { tensors } = readSafetensors(readWhole(file).bytes, (name) =>
    (HEAD_TENSORS as readonly string[]).includes(name),
  );
  return new Map(tensors.map(({ name, data }) => [name, data]));
}

function checkConfig({ file, memoryBytes }: Extract<ConvertOrder, { kind: "check" }>): CheckedConfig {
  checkMemory(readGpt2Config(textOfFile(file) ?? ""), memoryBytes);
  return { isChecked: true };
}

/** The text of a file, or null where it is not there. Refused: one that is too large to be a text of a model. */
function textOfFile(file: string): string | null {
  if (!existsSync(file)) return null;
  const { size } = statSync(file);
  if (size > MOST_TEXT_BYTES)
    throw refused(`${path.basename(file)} has ${counted(size, "byte")}; at most ${MOST_TEXT_BYTES} are read.`);
  return readFileSync(file, "utf8");
}

async function importFolder(order: Extract<ConvertOrder, { kind: "import" }>): Promise<ConvertedModel> {
  const { folder, modelFolder, memoryBytes } = order;
  const textOf = (name: string): string | null => textOfFile(path.join(folder, name));
  const config = textOf("config.json");
  if (config === null) throw refused("The folder has no config.json.");
  const weights = weightsOf(folder, textOf(MODEL_WEIGHTS_INDEX), memoryBytes);
  const tokenizer = {
    tokenizer: textOf("tokenizer.json"),
    vocabulary: textOf("vocab.json"),
    merges: textOf("merges.txt"),
    settings: textOf("tokenizer_config.json"),
    specials: textOf("special_tokens_map.json"),
    added: textOf("added_tokens.json"),
  };
  const model = await importGpt2({ config, tokenizer, weights }, memoryBytes);
  const file = writeModel(model);
  mkdirSync(modelFolder, { recursive: true, mode: 0o700 });
  const kept = writeFileAtomically(writeSafetensors(file), modelFolder, (sha256) =>
    path.join(modelFolder, `${sha256}.safetensors`),
  );
  return {
    sha256: kept.sha256,
    bytes: kept.bytes,
    architecture: { ...model.architecture },
    parameterCount: model.values.length,
    stage: model.stage,
    notes: model.notes,
  };
}

/** The one file of weights, or those that an index names. Refused: none, one that is missing, more than memory holds. */
function weightsOf(folder: string, index: string | null, memoryBytes: number): Weights {
  const isWhole = existsSync(path.join(folder, MODEL_WEIGHTS));
  if (!isWhole && index === null) {
    const other = readdirSync(folder).find((name) => OTHER_WEIGHTS.test(name));
    const what = other === undefined ? "." : `, but ${show(other)}: weights are read from safetensors alone.`;
    throw refused(`The folder has neither ${MODEL_WEIGHTS} nor ${MODEL_WEIGHTS_INDEX}${what}`);
  }
  const map = isWhole || index === null ? null : readIndex(index);
  const files = (map === null ? [MODEL_WEIGHTS] : shardFilesOf(map)).map((name) => ({
    name,
    file: path.join(folder, name),
  }));
  const missing = files.find(({ file }) => !existsSync(file));
  if (missing !== undefined)
    throw refused(`${MODEL_WEIGHTS_INDEX} names the file ${show(missing.name)}, which the folder has not.`);
  const size = files.reduce((sum, { file }) => sum + statSync(file).size, 0);
  if (size * COPIES > memoryBytes)
    throw refused(
      `The weights have ${counted(size, "byte")}; to import them takes ${COPIES} times as many of memory, and a job may use ${memoryBytes}.`,
    );
  return { files: files.map(({ name, file }) => ({ name, read: () => readFileSync(file) })), map };
}

const refused = (sentence: string): JobFailure => new JobFailure("MODEL_DAMAGED", sentence);

parentPort?.postMessage(await convert(workerData as ConvertOrder));
