import "reflect-metadata";
import { fileURLToPath } from "node:url";
import { type Config, readConfig } from "../../config/config.js";
import { REFUSED_PORTS } from "../../config/refused-ports.js";
import { EmbeddedPostgresError } from "../../embedded-postgres/start-error.js";
import { createLogger } from "../../server/requests/logger.js";
import { newSecret } from "../../services/access/api-keys.js";
import { type Accord, StartError, startAccord } from "../../start.js";
import { Client, Refusal } from "../server/client.js";
import { whenPipeBreaks } from "../terminal/broken-pipe.js";
import { sparkline } from "../terminal/job-line.js";
import { print } from "../terminal/output.js";
import { printAgreement, readAgreement } from "./agreement.js";
import { compare, evaluate } from "./evaluate.js";
import { importFile } from "./import.js";
import { type JobAnswer, type JobDetails, readJob } from "./jobs.js";
import { printStats, readStats } from "./stats.js";
import { fineTune, trainPolicy, trainRewardModelOn } from "./train.js";

const SAMPLE = fileURLToPath(new URL("../../../examples/sample/sample.ndjson", import.meta.url));
const SLUG = "sample";

/** A model that trains in a minute on two cores: it learns what an answer looks like, no more. */
const TRAINING = {
  layers: 2,
  heads: 4,
  width: 64,
  context: 128,
  vocabulary: 768,
  epochs: 30,
  learningRate: 0.003,
  seed: 1,
};

/** Twenty iterations of short answers: enough to see the score rise and the KL with it. */
const PPO = {
  isOnlyHere: true,
  episodes: 640,
  batchSize: 32,
  minibatchSize: 8,
  maxTokens: 24,
  learningRate: 0.0003,
  seed: 1,
};

/** What SFT and the policy are compared by. */
const LANGUAGE = ["MEAN_SCORE", "BITS_PER_BYTE", "LENGTH"];

/** Ports tried one after the other when none is named: a demonstration must not fail because 4000 is taken. */
const PORTS = 10;

export interface DemoOptions {
  readonly exit?: boolean;
  readonly port?: number;
}

/**
 * Walks through what Accord does on the sample dataset: import, split sizes, use cases, agreement; small trainings with live
 * bars, SFT, a reward model and PPO, what the models say before and after, and an evaluation; then serves on, with the explorer's address and a key. It has a data directory (.data-demo) and a key of its own for each run, so that it
 * never touches a user's data and can be run again.
 */
export async function runDemo(environment: NodeJS.ProcessEnv, options: DemoOptions): Promise<void> {
  const key = newSecret();
  const begun = performance.now();
  const broken = new Promise<"broken">((resolve) => whenPipeBreaks(() => resolve("broken")));
  heading("Accord: the data and the evaluation of RLHF");
  const accord = await startOn(environment, key, options.port);
  try {
    const walked = walk(new Client({ ACCORD_URL: accord.url, ACCORD_API_KEY: key })).then(() => {
      heading(`Done in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      print(`Explorer  ${accord.url}/graphql`);
      print(`API key   ${key}   (of this run, role ADMIN)`);
      if (options.exit) return;
      print();
      print("Serving on; Ctrl-C ends it.");
      return firstSignal();
    });
    const isBroken = (await Promise.race([walked, broken])) === "broken";
    await accord.stop();
    // What is left of the walk would only report that its server is gone.
    if (isBroken) process.exit();
  } catch (error) {
    await accord.stop();
    throw error;
  }
}

/** The steps of the demonstration. */
async function walk(client: Client): Promise<void> {
  heading("1. Import the sample dataset");
  await importFile(client, SAMPLE, { dataset: SLUG, format: "native" });
  heading("2. What is in it: sizes by stage and split, use cases, who wrote the completions");
  printStats(await readStats(client, SLUG));
  heading("3. How far the labelers agree, with 95 % intervals over prompts");
  for (const measure of ["RANKING", "OVERALL"]) {
    printAgreement(
      await readAgreement(client, SLUG, { measure, tiePolicy: "EXACT", cluster: "PROMPT", resamples: 1000, seed: 0 }),
    );
    print();
  }
  print("A report of it with pictures and texts, as one page, with the key below:");
  print(`ACCORD_URL=${client.url} ACCORD_API_KEY=KEY npm run accord -- agreement ${SLUG} --html report.html`);
  heading("4. Supervised fine-tuning on the demonstrations, as a job");
  const sft = await fineTune(client, SLUG, TRAINING);
  print();
  printSamples(await readJob(client, sft.id));
  heading("5. A reward model on the rankings");
  const reward = await trainRewardModelOn(client, SLUG, { isOnlyHere: true, sft: modelOf(sft), epochs: 4, seed: 1 });
  await printSeries(client, reward.id, ["train/loss", "train/accuracy", "eval/accuracy"]);
  heading("6. PPO against the reward model, on prompts that nobody has answered");
  const policy = await trainPolicy(client, SLUG, { ...PPO, sft: modelOf(sft), reward: modelOf(reward) });
  await printSeries(client, policy.id, ["objective/scores", "objective/kl", "eval/score", "eval/kl"]);
  print();
  printSamples(await readJob(client, policy.id));
  heading("7. Evaluation on TEST: the reward model's accuracy beside its three lines, then SFT beside the policy");
  await evaluate(client, SLUG, { model: modelOf(reward), metrics: ["REWARD_ACCURACY"], isOnlyHere: true });
  const judged = { judge: modelOf(reward), isOnlyHere: true };
  await compare(client, SLUG, [
    { ...judged, heading: "SFT", model: modelOf(sft), metrics: LANGUAGE },
    { ...judged, heading: "PPO", model: modelOf(policy), metrics: [...LANGUAGE, "KL_FROM_REFERENCE"] },
  ]);
  print("The judge is the reward model that the policy was trained on: a proxy, no evidence that people prefer it.");
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** Starts a server for the demonstration on the named port, or on the first free one from PORT (4000) on. */
async function startOn(environment: NodeJS.ProcessEnv, key: string, port: number | undefined): Promise<Accord> {
  const log = createLogger("warn");
  const named = port === undefined ? {} : { PORT: String(port) };
  const base: Config = readConfig({ ...environment, ...named, ADMIN_API_KEY: key, LOG_LEVEL: "warn" });
  const first = base.PORT;
  for (let tried = first; ; tried++) {
    if (REFUSED_PORTS.has(tried)) continue;
    const config: Config = { ...base, DATABASE_URL: undefined, DATA_DIR: undefined, PORT: tried };
    try {
      return await startAccord(config, log, ".data-demo");
    } catch (error) {
      const taken = error instanceof StartError && error.message.includes("another program listens there");
      if (taken && port === undefined && tried < first + PORTS) continue;
      if (error instanceof StartError || error instanceof EmbeddedPostgresError) throw new Refusal(error.message);
      throw error;
    }
  }
}

/** What the model says to prompts that it was not trained on, before the first step and after the last. */
function printSamples({ samples }: JobDetails): void {
  const last = samples.at(-1)?.step ?? 0;
  const said = (step: number, text: string) =>
    JSON.stringify(samples.find((sample) => sample.step === step && sample.prompt.text === text)?.text ?? "");
  for (const { prompt } of samples.filter(({ step }) => step === 0)) {
    print(prompt.text);
    print(`  before  ${said(0, prompt.text)}`);
    print(`  after   ${said(last, prompt.text)}`);
  }
}

const modelOf = ({ model }: JobAnswer): string => model?.id ?? "";

/** Metrics of a job from their first value to their last, with a line of their course. */
async function printSeries(client: Client, id: string, names: readonly string[]): Promise<void> {
  const { node } = await client.graphql<{ node: { metrics: { name: string; points: { value: number | null }[] }[] } }>(
    "query ($id: ID!, $names: [String!]) { node(id: $id) { ... on Job { metrics(names: $names) { name points { value } } } } }",
    { id, names },
  );
  print();
  for (const name of names) {
    const points = node.metrics.find((series) => series.name === name)?.points ?? [];
    const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
    const [first, last] = [values[0], values.at(-1)].map((value) => value?.toFixed(3) ?? "–");
    print(`${name.padEnd(20)} ${String(first).padStart(8)} → ${String(last).padEnd(8)} ${sparkline(values)}`);
  }
}

function heading(text: string): void {
  print();
  print(text);
  print("─".repeat(text.length));
}
