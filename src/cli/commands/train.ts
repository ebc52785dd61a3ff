import { type Client, Refusal } from "../server/client.js";
import { print, printJson } from "../terminal/output.js";
import { followJob } from "./follow-job.js";
import { JOB_FIELDS, type JobAnswer, printEnd, printJob } from "./jobs.js";

/** How a job that was just started is shown. */
export interface StartOptions {
  /** Do not wait for the end. */
  readonly detach?: boolean;
  /** Do not say how to come back: the server ends with this process. */
  readonly isOnlyHere?: boolean;
  readonly json?: boolean;
}

export interface SftFlags extends StartOptions {
  readonly name?: string;
  readonly base?: string;
  readonly baseJob?: string;
  readonly layers?: number;
  readonly heads?: number;
  readonly width?: number;
  readonly context?: number;
  readonly vocabulary?: number;
  readonly tokenizer?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly dropout?: number;
  readonly mix?: number;
  readonly reward?: string;
  readonly recipe?: string;
  readonly seed?: number;
}

/** Starts supervised fine-tuning on a dataset, and follows it to its end. */
export async function fineTune(client: Client, slug: string, options: SftFlags): Promise<JobAnswer> {
  const datasetId = await datasetIdOf(client, slug);
  const { base, baseJob, name, epochs, batchSize, learningRate, dropout, recipe, seed } = options;
  const sizes = architectureOf(options);
  const isFromScratch = Object.keys(sizes).length > 0 || (base === undefined && baseJob === undefined);
  const begin = { baseModelId: base, baseJobId: baseJob, architecture: isFromScratch ? sizes : undefined };
  const choice = { pretrainingMix: options.mix, rewardModelId: options.reward };
  const settings = { name, epochs, batchSize, learningRate, dropout, recipe, seed };
  const input = given({ datasetId, ...settings, ...choice, ...begin });
  return startJobOf(client, "startSft", "SftInput", input, options);
}

export interface PretrainFlags extends SftFlags {
  readonly steps?: number;
}

/** Starts the training of a new model on a dataset's text, and follows it to its end. */
export async function trainFromScratch(client: Client, slug: string, options: PretrainFlags): Promise<JobAnswer> {
  const datasetId = await datasetIdOf(client, slug);
  const { name, steps, batchSize, learningRate, recipe, seed } = options;
  const architecture = architectureOf(options);
  const input = given({ datasetId, name, architecture, steps, batchSize, learningRate, recipe, seed });
  return startJobOf(client, "startPretraining", "PretrainingInput", input, options);
}

export interface RewardModelFlags extends StartOptions {
  readonly name?: string;
  readonly sft?: string;
  readonly sftJob?: string;
  readonly epochs?: number;
  readonly batchPrompts?: number;
  readonly learningRate?: number;
  readonly dropout?: number;
  readonly weightDecay?: number;
  readonly recipe?: string;
  readonly seed?: number;
}

/** Starts the training of a reward model on a dataset's rankings, and follows it to its end. */
export async function trainRewardModelOn(client: Client, slug: string, options: RewardModelFlags): Promise<JobAnswer> {
  const datasetId = await datasetIdOf(client, slug);
  const { sft, sftJob, name, epochs, batchPrompts, learningRate, dropout, weightDecay, recipe, seed } = options;
  const settings = { name, epochs, batchPrompts, learningRate, dropout, weightDecay, recipe, seed };
  const input = given({ datasetId, sftModelId: sft, sftJobId: sftJob, ...settings });
  return startJobOf(client, "startRewardModel", "RewardModelInput", input, options);
}

export interface PpoFlags extends StartOptions {
  readonly name?: string;
  readonly sft?: string;
  readonly sftJob?: string;
  readonly reward?: string;
  readonly rewardJob?: string;
  readonly allPrompts?: boolean;
  readonly episodes?: number;
  readonly batchSize?: number;
  readonly minibatchSize?: number;
  readonly kl?: number;
  readonly maxTokens?: number;
  readonly ptx?: number;
  readonly learningRate?: number;
  readonly recipe?: string;
  readonly seed?: number;
}

/** Starts PPO against a reward model on a dataset's prompts, and follows it to its end. */
export async function trainPolicy(client: Client, slug: string, options: PpoFlags): Promise<JobAnswer> {
  const { sft, sftJob, reward, rewardJob, name, episodes, batchSize, minibatchSize, recipe, seed } = options;
  const input = given({
    datasetId: await datasetIdOf(client, slug),
    sftModelId: sft,
    sftJobId: sftJob,
    rewardModelId: reward,
    rewardModelJobId: rewardJob,
    promptFilter: options.allPrompts ? {} : undefined,
    klCoefficient: options.kl,
    maxResponseTokens: options.maxTokens,
    ptxCoefficient: options.ptx,
    policyLearningRate: options.learningRate,
    ...{ name, episodes, batchSize, minibatchSize, recipe, seed },
  });
  return startJobOf(client, "startPpo", "PpoInput", input, options);
}

export interface GenerateOptions extends StartOptions {
  readonly model: string;
  readonly samples?: number;
  readonly temperature?: number;
  readonly maxPrompts?: number;
  readonly maxTokens?: number;
  readonly split?: string;
  readonly seed?: number;
}

/** Starts the completions of a model for a dataset's prompts, and follows the job to its end. */
export async function startGeneration(client: Client, slug: string, options: GenerateOptions): Promise<JobAnswer> {
  const input = given({
    datasetId: await datasetIdOf(client, slug),
    modelId: options.model,
    samplesPerPrompt: options.samples,
    temperature: options.temperature,
    maxPrompts: options.maxPrompts,
    maxResponseTokens: options.maxTokens,
    seed: options.seed,
    promptFilter: options.split ? { splits: [options.split], excluded: false } : undefined,
  });
  return startJobOf(client, "generate", "GenerateInput", input, options);
}

/** Sends a mutation that starts a job, and follows the job to its end. */
export async function startJobOf(
  client: Client,
  mutation: string,
  inputType: string,
  input: Record<string, unknown>,
  { detach, isOnlyHere, json }: StartOptions,
): Promise<JobAnswer> {
  const answer = await client.graphql<Record<string, JobAnswer>>(
    `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { ${JOB_FIELDS} } }`,
    { input },
  );
  const job = answer[mutation] as JobAnswer;
  if (detach) {
    if (json) printJson(job);
    else printJob(job);
    return job;
  }
  if (!json && !isOnlyHere)
    print(`Job ${job.id}; Ctrl-C leaves it running, accord job ${job.id} --follow comes back to it.`);
  const ended = await followJob(client, job.id, {});
  printEnd(ended, json);
  return ended;
}

function architectureOf({ layers, heads, width, context, vocabulary, tokenizer }: SftFlags): Record<string, unknown> {
  return given({ layers, heads, width, contextLength: context, vocabularySize: vocabulary, tokenizer });
}

/** What was given, without what was not: the server has the defaults. */
export const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** The id of a dataset by its slug. Refused: one that is not there. */
export async function datasetIdOf(client: Client, slug: string): Promise<string> {
  const { dataset } = await client.graphql<{ dataset: { id: string } | null }>(
    "query ($slug: String!) { dataset(slug: $slug) { id } }",
    { slug },
  );
  if (!dataset) throw new Refusal(`There is no dataset ${slug}.`);
  return dataset.id;
}
