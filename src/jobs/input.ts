import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { votesOf } from "../datasets/records/votes.js";
import type { Database } from "../entities/database/database.js";
import type { ClaimedJob } from "../entities/queries/jobs/job-queue.js";
import type { PromptFilterValues } from "../entities/queries/prompts/prompt-filter.js";
import { corpusPrompts } from "../entities/queries/training/corpus-prompts.js";
import { type EvaluationSelection, evaluationPrompts } from "../entities/queries/training/evaluation-prompts.js";
import { generationPrompts } from "../entities/queries/training/generation-prompts.js";
import { ppoPrompts } from "../entities/queries/training/ppo-prompts.js";
import { rewardPrompts } from "../entities/queries/training/reward-prompts.js";
import { scoringPrompts } from "../entities/queries/training/scoring-prompts.js";
import { sftPrompts } from "../entities/queries/training/sft-prompts.js";
import { JobFailure } from "../errors.js";
import { asJobFailure } from "../files/failures.js";
import { parseGlobalId } from "../services/input/global-id.js";
import type { EvaluationPrompt, RewardPrompt } from "../training/config/prompts.js";
import type { JobKind } from "../vocabulary.js";

/** Prompts read at once; those with rankings may have thousands of them. */
const PAGE = 500;
const PAGE_OF_RANKED = 50;

/** A prompt of a frozen input; rowId: where to read on, no part of the input. */
type Row = { readonly rowId: string };

/** What a job reads of a dataset, page by page. */
interface Source {
  readonly datasetId: string;
  readonly asOf: number;
  readonly config: ClaimedJob["config"];
}

type ReadPage = (database: Database, source: Source, afterRowId: string, limit: number) => Promise<Row[]>;

const READERS: Partial<Record<JobKind, ReadPage>> = {
  PRETRAIN: (database, { datasetId, asOf }, after, limit) =>
    corpusPrompts(database, datasetId, asOf, ["TRAIN", "VALIDATION"], after, limit),
  SFT: (database, { datasetId, asOf }, after, limit) => sftPrompts(database, datasetId, asOf, after, limit),
  RM: async (database, { datasetId, asOf }, after, limit) => {
    const page = await rewardPrompts(database, datasetId, asOf, after, limit);
    return page.map(({ rankings, completions, ...prompt }) => {
      const compared = votesOf(rankings, completions);
      const given = compared.completions.map(({ id, text }) => ({ id, text }));
      return { ...prompt, ...compared, completions: given } satisfies RewardPrompt & Row;
    });
  },
  PPO: (database, { datasetId, asOf, config }, after, limit) =>
    ppoPrompts(database, { datasetId, asOf, filter: config.promptFilter as PromptFilterValues }, after, limit),
  GENERATION: (database, { datasetId, asOf, config }, after, limit) =>
    generationPrompts(
      database,
      { datasetId, asOf, filter: (config.promptFilter ?? {}) as PromptFilterValues },
      after,
      limit,
    ),
  SCORING: (database, { datasetId, asOf, config }, after, limit) =>
    scoringPrompts(
      database,
      {
        datasetId,
        asOf,
        filter: (config.promptFilter ?? {}) as PromptFilterValues,
        sources: (config.sources ?? null) as readonly string[] | null,
      },
      after,
      limit,
    ),
  EVALUATION: async (database, { datasetId, asOf, config }, after, limit) => {
    const selection = { ...readsOf(config), datasetId, asOf };
    const page = await evaluationPrompts(database, selection, after, limit);
    return page.map(({ rankings, completions, ...prompt }) => {
      const compared = votesOf(rankings, completions);
      const given = compared.completions.map(({ id, text }) => ({ id, text }));
      return { ...prompt, ...compared, completions: given } satisfies EvaluationPrompt & Row;
    });
  },
};

/** What an evaluation reads. One that was queued before samplings were kept names none: its model answers every prompt itself. */
function readsOf(config: ClaimedJob["config"]): Omit<EvaluationSelection, "datasetId" | "asOf"> {
  const reads = config.reads as Omit<EvaluationSelection, "datasetId" | "asOf">;
  const { responses } = reads;
  const isOfBefore = responses !== null && "canAnswer" in responses && responses.canAnswer === true;
  return isOfBefore ? { ...reads, responses: { name: responses.name, samplings: [] } } : reads;
}

/** The text of a dataset's TRAIN split as lines of its own, for jobs that mix it in. */
const CORPUS_READER: ReadPage = async (database, { datasetId, asOf }, after, limit) => {
  const page = await corpusPrompts(database, datasetId, asOf, ["TRAIN"], after, limit);
  return page.map(({ rowId, ...corpus }) => ({ rowId, corpus }));
};

/**
 * Writes the frozen input of a job, all that it may read of its dataset as of its revision, as NDJSON, a prompt a line. It
 * is the same whenever and wherever it is written, so its hash is checked when a job goes on.
 * @param isLost whether the job is another's by now or cancelled: then the rest is not read, and what is returned is of no use
 * @returns the sha256 of the file, and how many prompts it holds
 */
export async function writeInput(
  database: Database,
  job: ClaimedJob,
  file: string,
  isLost: () => boolean = () => false,
): Promise<{ sha256: string; prompts: number }> {
  const { datasetId, datasetRevision, config } = job;
  const readPage = READERS[job.kind];
  if (!readPage) throw new JobFailure("TRAINER_FAILED", `This version of the server runs no jobs of kind ${job.kind}.`);
  if (datasetId === null || datasetRevision === null) {
    throw new JobFailure("UNPROCESSABLE", "The dataset of this job was deleted.");
  }
  const hash = createHash("sha256");
  const output = createWriteStream(file, { mode: 0o600 });
  const failed = once(output, "error").then(([error]) => Promise.reject(asJobFailure(error, "the input of the job")));
  failed.catch(() => {});
  let prompts = 0;
  const write = async (read: ReadPage, source: Source, page: number, most: number): Promise<void> => {
    for await (const rows of pagesOf(database, read, source, page, most)) {
      if (isLost()) return;
      const lines = rows.map(({ rowId: _, ...line }) => `${JSON.stringify(line)}\n`).join("");
      hash.update(lines);
      if (!output.write(lines)) await Promise.race([once(output, "drain"), failed]);
      prompts += rows.length;
    }
  };
  try {
    const most = typeof config.maxPrompts === "number" ? config.maxPrompts : Number.POSITIVE_INFINITY;
    const size = job.kind === "RM" || job.kind === "EVALUATION" ? PAGE_OF_RANKED : PAGE;
    await write(readPage, { datasetId, asOf: datasetRevision, config }, size, most);
    const corpus = corpusOf(config);
    if (corpus) await write(CORPUS_READER, { ...corpus, config }, PAGE, Number.POSITIVE_INFINITY);
    output.end();
    await Promise.race([once(output, "close"), failed]);
  } finally {
    output.destroy();
  }
  return { sha256: hash.digest("hex"), prompts };
}

/** At most so many prompts, page by page. */
async function* pagesOf(
  database: Database,
  read: ReadPage,
  source: Source,
  size: number,
  most: number,
): AsyncGenerator<Row[]> {
  let left = most;
  for (let after = "0"; left > 0; ) {
    const page = await read(database, source, after, Math.min(size, left));
    yield page;
    left -= page.length;
    const last = page.at(-1);
    if (!last || page.length < size) return;
    after = last.rowId;
  }
}

/** Which dataset's text is mixed in, as of when; null: none's. */
function corpusOf({ pretrainingDatasetId: id, pretrainingRevision: asOf }: ClaimedJob["config"]) {
  const datasetId = typeof id === "string" ? parseGlobalId(id)?.id : undefined;
  return datasetId === undefined || typeof asOf !== "number" ? null : { datasetId, asOf };
}
