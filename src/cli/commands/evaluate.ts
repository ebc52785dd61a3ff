import type { Client } from "../client.js";
import { fraction, print, printJson, table } from "../output.js";
import { followJob } from "./follow-job.js";
import { type JobAnswer, printEnd } from "./jobs.js";
import { datasetIdOf, given, type StartOptions, startJob } from "./train.js";

export interface ScoreOptions extends StartOptions {
  readonly model: string;
  readonly source?: readonly string[];
  readonly split?: string;
}

/** Starts the scores of a reward model for a dataset's completions, and follows the job to its end. */
export async function startScoring(client: Client, slug: string, options: ScoreOptions): Promise<JobAnswer> {
  const { model, source = [], split } = options;
  const input = given({
    datasetId: await datasetIdOf(client, slug),
    modelId: model,
    sources: source.length > 0 ? source : undefined,
    promptFilter: split ? { splits: [split], excluded: false } : undefined,
  });
  return startJob(client, "scoreCompletions", "ScoreInput", input, options);
}

export interface EvaluateOptions extends StartOptions {
  readonly model?: string;
  readonly source?: string;
  readonly baseline?: string;
  readonly judge?: string;
  readonly metrics: readonly string[];
  readonly split?: string;
  readonly pool?: string;
  readonly maxPrompts?: number;
  readonly seed?: number;
}

/** An evaluation as the command line shows it. */
interface EvaluationAnswer {
  readonly id: string;
  readonly job: { readonly id: string };
  readonly warnings: readonly string[];
  readonly results: readonly {
    readonly metric: string;
    readonly line: string | null;
    readonly value: number | null;
    readonly reason: string | null;
    readonly ci95: { readonly low: number; readonly high: number } | null;
    readonly n: number;
    readonly judge: string | null;
    readonly lengthControlled: boolean;
    readonly proxy: boolean;
  }[];
}

const EVALUATION = `id job { id } warnings
  results { metric line value reason ci95 { low high } n judge lengthControlled proxy }`;

/** Evaluates a model, or the completions of a source, on a split of a dataset, and prints the figures with their intervals. */
export async function evaluate(client: Client, slug: string, options: EvaluateOptions): Promise<void> {
  const { model, source, baseline, judge, metrics, split, pool, maxPrompts, seed, detach, json } = options;
  const { runEvaluation } = await client.graphql<{ runEvaluation: EvaluationAnswer }>(
    `mutation ($input: EvaluationInput!) { runEvaluation(input: $input) { ${EVALUATION} } }`,
    {
      input: given({
        datasetId: await datasetIdOf(client, slug),
        modelId: model,
        source,
        baseline,
        judgeModelId: judge,
        metrics,
        split,
        pool,
        maxPrompts,
        seed,
      }),
    },
  );
  const { id, job } = runEvaluation;
  if (detach) {
    if (json) printJson(runEvaluation);
    else print(`Evaluation ${id}, job ${job.id}; accord job ${job.id} --follow shows how far it is.`);
    return;
  }
  const ended = await followJob(client, job.id, {});
  if (ended.status !== "SUCCEEDED") return printEnd(ended, json);
  const { node } = await client.graphql<{ node: EvaluationAnswer }>(
    `query ($id: ID!) { node(id: $id) { ... on Evaluation { ${EVALUATION} } } }`,
    { id },
  );
  if (json) printJson(node);
  else printEvaluation(node);
}

function printEvaluation({ results, warnings }: EvaluationAnswer): void {
  print(
    table(
      ["metric", "value", "95 % interval", "n", "note"],
      results.map((result) => [
        result.line === null ? result.metric : `  ${result.line}`,
        fraction(result.value),
        result.ci95 ? `${fraction(result.ci95.low)} … ${fraction(result.ci95.high)}` : null,
        result.n,
        noteOf(result),
      ]),
    ),
  );
  for (const { metric, line, reason } of results) if (reason) print(`${line ?? metric}: ${reason}`);
  for (const warning of warnings) print(`Note: ${warning}`);
}

function noteOf({ judge, lengthControlled, proxy }: EvaluationAnswer["results"][number]): string {
  const notes = [
    ...(lengthControlled ? ["lengths held equal"] : []),
    ...(judge === null ? [] : [`judged by ${judge}`]),
    ...(proxy ? ["proxy: it was trained on this judge"] : []),
  ];
  return notes.join("; ");
}
