import type { Client } from "../server/client.js";
import { fraction, print, printJson, table } from "../terminal/output.js";
import { followJob } from "./follow-job.js";
import { type JobAnswer, printEnd } from "./jobs.js";
import { datasetIdOf, given, type StartOptions, startJobOf } from "./train.js";

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
  return startJobOf(client, "scoreCompletions", "ScoreInput", input, options);
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
  readonly temperature?: number;
  readonly maxTokens?: number;
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
  const evaluation = await evaluated(client, slug, options);
  if (evaluation === null) return;
  if (options.json) printJson(evaluation);
  else printEvaluation(evaluation);
}

/** Evaluates several models on the same split, and prints a metric a line with the figure of each beside the other's. */
export async function compare(
  client: Client,
  slug: string,
  models: readonly (EvaluateOptions & { readonly heading: string })[],
): Promise<void> {
  const evaluations: EvaluationAnswer[] = [];
  for (const options of models) {
    const evaluation = await evaluated(client, slug, options);
    if (evaluation === null) return;
    evaluations.push(evaluation);
  }
  const metrics = [...new Set(models.flatMap((options) => options.metrics))];
  print(
    table(
      ["metric", ...models.flatMap(({ heading }) => [heading, "95 % interval", "n"])],
      metrics.map((metric) => [
        metric,
        ...evaluations.flatMap(({ results }) => cellsOf(results.find((result) => result.metric === metric))),
      ]),
    ),
  );
  for (const [index, { warnings }] of evaluations.entries())
    for (const warning of warnings) print(`Note on ${models[index]?.heading}: ${warning}`);
}

/** An evaluation at its end; null where it was not waited for or did not succeed, which is then said. */
async function evaluated(client: Client, slug: string, options: EvaluateOptions): Promise<EvaluationAnswer | null> {
  const { model, source, baseline, judge, metrics, split, pool, maxPrompts, seed, detach, json } = options;
  const { temperature, maxTokens } = options;
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
        temperature,
        maxResponseTokens: maxTokens,
        seed,
      }),
    },
  );
  const { id, job } = runEvaluation;
  if (detach) {
    if (json) printJson(runEvaluation);
    else print(`Evaluation ${id}, job ${job.id}; accord job ${job.id} --follow shows how far it is.`);
    return null;
  }
  const ended = await followJob(client, job.id, {});
  if (ended.status !== "SUCCEEDED") {
    printEnd(ended, json);
    return null;
  }
  const { node } = await client.graphql<{ node: EvaluationAnswer }>(
    `query ($id: ID!) { node(id: $id) { ... on Evaluation { ${EVALUATION} } } }`,
    { id },
  );
  return node;
}

function printEvaluation({ results, warnings }: EvaluationAnswer): void {
  print(
    table(
      ["metric", "value", "95 % interval", "n", "note"],
      results.map((result) => [
        result.line === null ? result.metric : `  ${result.line}`,
        ...cellsOf(result),
        noteOf(result),
      ]),
    ),
  );
  for (const { metric, line, reason } of results) if (reason) print(`${line ?? metric}: ${reason}`);
  for (const warning of warnings) print(`Note: ${warning}`);
}

/** Value, interval and n; of a figure that was not asked for nothing. */
function cellsOf(result: EvaluationAnswer["results"][number] | undefined): (string | number | null)[] {
  if (result === undefined) return [null, null, null];
  const { value, ci95, n } = result;
  return [fraction(value), ci95 ? `${fraction(ci95.low)} … ${fraction(ci95.high)}` : null, n];
}

function noteOf({ judge, lengthControlled, proxy }: EvaluationAnswer["results"][number]): string {
  const notes = [
    ...(lengthControlled ? ["lengths held equal"] : []),
    ...(judge === null ? [] : [`judged by ${judge}`]),
    ...(proxy ? ["proxy: it was trained on this judge"] : []),
  ];
  return notes.join("; ");
}
