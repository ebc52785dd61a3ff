import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Database } from "../entities/database.js";
import { generationPrompts } from "../entities/queries/generation-prompts.js";
import type { ClaimedJob } from "../entities/queries/job-queue.js";
import type { PromptFilterValues } from "../entities/queries/prompt-filter.js";
import { scoringPrompts } from "../entities/queries/scoring-prompts.js";
import { sftPrompts } from "../entities/queries/sft-prompts.js";
import { JobFailure } from "../errors.js";
import { asJobFailure } from "../files/failures.js";
import type { JobKind } from "../vocabulary.js";

/** Prompts read at once. */
const PAGE = 500;

/** A prompt of a frozen input; rowId: where to read on, no part of the input. */
type Row = { readonly rowId: string };

type ReadPage = (
  database: Database,
  source: { readonly datasetId: string; readonly asOf: number; readonly config: ClaimedJob["config"] },
  afterRowId: string,
  limit: number,
) => Promise<Row[]>;

/** What each kind of job reads of its dataset, page by page. */
const READERS: Partial<Record<JobKind, ReadPage>> = {
  SFT: (database, { datasetId, asOf }, after, limit) => sftPrompts(database, datasetId, asOf, after, limit),
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
};

/**
 * Writes the frozen input of a job, all that it may read of its dataset as of its revision, as NDJSON, a prompt a line. It
 * is the same whenever and wherever it is written, so its hash is checked when a job goes on.
 * @returns the sha256 of the file, and how many prompts it holds
 */
export async function writeInput(
  database: Database,
  job: ClaimedJob,
  file: string,
): Promise<{ sha256: string; prompts: number }> {
  const { datasetId, datasetRevision } = job;
  const readPage = READERS[job.kind];
  if (!readPage) throw new JobFailure("TRAINER_FAILED", `This version of the server runs no jobs of kind ${job.kind}.`);
  if (datasetId === null || datasetRevision === null) {
    throw new JobFailure("UNPROCESSABLE", "The dataset of this job was deleted.");
  }
  const most = typeof job.config.maxPrompts === "number" ? job.config.maxPrompts : Number.POSITIVE_INFINITY;
  const source = { datasetId, asOf: datasetRevision, config: job.config };
  const hash = createHash("sha256");
  const output = createWriteStream(file, { mode: 0o600 });
  const failed = once(output, "error").then(([error]) => Promise.reject(asJobFailure(error, "the input of the job")));
  failed.catch(() => {});
  let prompts = 0;
  try {
    for (let after = "0"; prompts < most; ) {
      const page = await readPage(database, source, after, Math.min(PAGE, most - prompts));
      const lines = page.map(({ rowId: _, ...prompt }) => `${JSON.stringify(prompt)}\n`).join("");
      hash.update(lines);
      if (!output.write(lines)) await Promise.race([once(output, "drain"), failed]);
      prompts += page.length;
      const last = page.at(-1);
      if (!last || page.length < PAGE) break;
      after = last.rowId;
    }
    output.end();
    await Promise.race([once(output, "close"), failed]);
  } finally {
    output.destroy();
  }
  return { sha256: hash.digest("hex"), prompts };
}
