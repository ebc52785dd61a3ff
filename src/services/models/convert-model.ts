import { AppError } from "../../errors.js";
import { startThread } from "../../threads.js";
import type { TextFile } from "../../training/hugging-face/export-texts.js";
import type { WeightsPart } from "../../training/hugging-face/export-weights.js";
import type { ModelStage } from "../../vocabulary.js";

/** The worker's compiled entry; this file stands three folders below the package's root, compiled or not. */
const ENTRY = new URL("../../../dist/services/models/convert-model-worker.js", import.meta.url);

/** What a thread that converts a model is told. */
export type ConvertOrder =
  | { readonly kind: "export"; readonly file: string; readonly sha256: string; readonly stage: ModelStage }
  | { readonly kind: "import"; readonly folder: string; readonly modelFolder: string; readonly memoryBytes: number }
  | { readonly kind: "check"; readonly file: string; readonly memoryBytes: number }
  | { readonly kind: "tokenizer"; readonly file: string };

/** How a model is written in Hugging Face's layout. */
export interface ExportPlan {
  readonly texts: readonly TextFile[];
  readonly weights: readonly WeightsPart[];
  /** How many bytes they have together. */
  readonly weightsBytes: number;
  /** Where the data of the model's own file begin, to which the stretches of the weights refer. */
  readonly dataStart: number;
}

/** A model whose file is stored. */
export interface ConvertedModel {
  readonly sha256: string;
  readonly bytes: number;
  readonly architecture: Readonly<Record<string, unknown>>;
  readonly parameterCount: number;
  /** IMPORTED or REWARD. */
  readonly stage: ModelStage;
  /** What was left out or is read otherwise, a sentence each. */
  readonly notes: readonly string[];
}

/** The configuration of a model that a job can hold. */
export interface CheckedConfig {
  readonly isChecked: true;
}

/** What tells the tokenizer of a model from others. */
interface HashedTokenizer {
  readonly tokenizerSha256: string;
}

export type ConvertReply = ExportPlan | ConvertedModel | CheckedConfig | HashedTokenizer | { readonly refusal: string };

/** Plans the export of a model's file, in a thread of its own: tokenizers and headers may be large. */
export const planExport = (order: Omit<Extract<ConvertOrder, { kind: "export" }>, "kind">): Promise<ExportPlan> =>
  inThread<ExportPlan>({ kind: "export", ...order });

/** Reads a folder in Hugging Face's layout and stores the model's file, in a thread of its own. Refused: UNPROCESSABLE. */
export const convertFolder = (
  order: Omit<Extract<ConvertOrder, { kind: "import" }>, "kind">,
): Promise<ConvertedModel> => inThread<ConvertedModel>({ kind: "import", ...order });

/** Refuses by its config.json a model that is none of ours, or that a job could not hold: UNPROCESSABLE. */
export async function checkConfig(order: Omit<Extract<ConvertOrder, { kind: "check" }>, "kind">): Promise<void> {
  await inThread<CheckedConfig>({ kind: "check", ...order });
}

/** The hash of the tokenizer that a model's file carries, read from its header in a thread of its own. */
export async function readTokenizerHash(file: string): Promise<string> {
  return (await inThread<HashedTokenizer>({ kind: "tokenizer", file })).tokenizerSha256;
}

async function inThread<Reply extends object>(order: ConvertOrder): Promise<Reply> {
  const worker = startThread(ENTRY, { workerData: order });
  const reply = await new Promise<Reply | { readonly refusal: string }>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The thread that converts a model ended with ${code}.`)));
  }).finally(() => worker.terminate());
  if ("refusal" in reply) throw new AppError("UNPROCESSABLE", reply.refusal as string);
  return reply;
}
