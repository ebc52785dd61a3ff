/**
 * Real data through the durable jobs of a server, where the files lie beside the project: squality from SFT over a reward
 * model to PPO, the chain started at once; SFT on self-instruct, each prompt split by itself; and a reward model on the pairs
 * of hh-rlhf, written in the native format.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { withAccord } from "./support/accord.mjs";
import { short } from "./support/figures.mjs";
import { withScratch } from "./support/scratch.mjs";

const file = (name) => new URL(`../../shared/data/${name}.jsonl.gz`, import.meta.url);
const lines = (name) => gunzipSync(readFileSync(file(name))).toString();

const CONVERT = fileURLToPath(new URL("../examples/hh-rlhf-to-native.mjs", import.meta.url));

const ARCHITECTURE = { layers: 2, heads: 2, width: 64, contextLength: 128, vocabularySize: 2048 };
const TYPES = {
  startPretraining: "PretrainingInput",
  startSft: "SftInput",
  startRewardModel: "RewardModelInput",
  startPpo: "PpoInput",
  runEvaluation: "EvaluationInput",
};

export async function run(results) {
  if (!existsSync(file("squality"))) {
    console.error("The real data do not lie beside the project; their rows are left out.");
    return;
  }
  await withScratch(async (scratch) => {
    const env = { DATA_DIR: path.join(scratch.folder, "files") };
    await withAccord(
      await scratch.database(),
      async (accord) => {
        const server = new Server(accord, scratch.folder, results);
        await selfInstruct(server);
        await preferences(server);
        await squality(server);
      },
      { env },
    );
  });
}

async function squality(server) {
  const datasetId = await server.dataset("squality", lines("squality"), { groupBy: "AUTHOR" });
  const sft = await server.start("startSft", { datasetId, architecture: ARCHITECTURE });
  const reward = await server.start("startRewardModel", { datasetId, sftJobId: sft });
  const ppo = await server.start("startPpo", {
    datasetId,
    sftJobId: sft,
    rewardModelJobId: reward,
    promptFilter: {},
    episodes: 640,
    batchSize: 32,
    maxResponseTokens: 32,
  });
  const [sftJob, rewardJob, ppoJob] = [await server.ended(sft), await server.ended(reward), await server.ended(ppo)];
  server.add(
    "squality, SFT: loss on VALIDATION",
    fromTo(sftJob, "eval/loss"),
    `${uniform(sftJob)}; ${minutes(sftJob)}`,
  );
  const metrics = ["REWARD_ACCURACY"];
  const accuracy = await server.evaluated({ datasetId, modelId: rewardJob.model.id, metrics });
  server.add(
    "squality, accuracy of the reward model on TEST",
    accuracy.model,
    `${accuracy.lines}; ${minutes(rewardJob)}`,
  );
  server.add(
    "squality, PPO: mean score of answers on VALIDATION",
    fromTo(ppoJob, "eval/score"),
    `KL from the reference ${fromTo(ppoJob, "eval/kl")} nats a response; ${minutes(ppoJob)}`,
  );
}

async function selfInstruct(server) {
  // 252 of 427 are in TEST, for their authors ask not to train on them, and stay there; the others are divided.
  const shares = { train: 0.33, validation: 0.08, test: 0.59 };
  const datasetId = await server.dataset("self-instruct", lines("self-instruct"), { groupBy: "PROMPT", ...shares });
  const job = await server.ended(await server.start("startSft", { datasetId, architecture: ARCHITECTURE }));
  server.add("self-instruct, SFT: loss on VALIDATION", fromTo(job, "eval/loss"), `${uniform(job)}; ${minutes(job)}`);
}

async function preferences(server) {
  const input = lines("hh-rlhf-harmless-base-test");
  const pairs = spawnSync(process.execPath, [CONVERT], { input, encoding: "utf8", maxBuffer: 2 ** 26 }).stdout;
  const datasetId = await server.dataset("hh-rlhf", pairs, { groupBy: "PROMPT" });
  const architecture = { ...ARCHITECTURE, contextLength: 256 };
  const base = await server.start("startPretraining", { datasetId, architecture });
  const job = await server.ended(await server.start("startRewardModel", { datasetId, sftJobId: base }));
  const metrics = ["REWARD_ACCURACY"];
  const accuracy = await server.evaluated({ datasetId, modelId: job.model.id, metrics });
  server.add(
    "hh-rlhf, pairs in the native format: accuracy of the reward model on TEST",
    accuracy.model,
    `${accuracy.lines}; ${minutes(job)}`,
  );
}

/** A server with the real data, as its clients use it. */
class Server {
  constructor(accord, folder, results) {
    this.accord = accord;
    this.folder = folder;
    this.results = results;
  }

  add(what, figure, ratio) {
    this.results.add({ what, command: "real-jobs", figure, ratio });
  }

  /** A dataset of some lines, with splits; its id. */
  async dataset(slug, text, splits) {
    const source = path.join(this.folder, `${slug}.jsonl`);
    writeFileSync(source, text);
    const { rejected } = await this.accord.importFile(slug, source);
    if (rejected > 0) throw new Error(`${rejected} lines of ${slug} were rejected.`);
    const { dataset } = await this.accord.graphql(`{ dataset(slug: "${slug}") { id } }`);
    await this.accord.graphql("mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { id } }", {
      input: { datasetId: dataset.id, ...splits },
    });
    return dataset.id;
  }

  /** Starts a job; its id. */
  async start(mutation, input) {
    const id = mutation === "runEvaluation" ? "id job { id }" : "id";
    const query = `mutation ($input: ${TYPES[mutation]}!) { started: ${mutation}(input: $input) { ${id} } }`;
    const { started } = await this.accord.graphql(query, { input });
    return mutation === "runEvaluation" ? started : started.id;
  }

  /** A job at its end, which must be a good one. */
  async ended(id) {
    const query = `query ($id: ID!) { node(id: $id) { ... on Job { kind status error { message } startedAt finishedAt
      model { id parameterCount architecture } metrics { name points { value } } } } }`;
    for (;;) {
      const { node } = await this.accord.graphql(query, { id });
      if (node.status === "SUCCEEDED") return node;
      if (!["QUEUED", "RUNNING"].includes(node.status)) throw new Error(`${node.kind}: ${node.error?.message}`);
      await sleep(500);
    }
  }

  /** The accuracy of a reward model on TEST, and its lines, in words. */
  async evaluated(input) {
    const { id, job } = await this.start("runEvaluation", input);
    await this.ended(job.id);
    const query =
      "query ($id: ID!) { node(id: $id) { ... on Evaluation { results { line value n ci95 { low high } } } } }";
    const { node } = await this.accord.graphql(query, { id });
    const told = ({ line, value, ci95, n }) =>
      line === null
        ? `${digits(value)} [${digits(ci95?.low)}, ${digits(ci95?.high)}] of ${n} votes`
        : `${line} ${digits(value)}`;
    const [model, ...others] = node.results.map(told);
    return { model, lines: others.join(", ") };
  }
}

const digits = (value) => (value === null || value === undefined ? "undefined" : value.toFixed(3));

/** The first and the last value of a metric. */
function fromTo({ metrics }, metric) {
  const { points } = metrics.find(({ name }) => name === metric);
  return `${digits(points[0].value)} → ${digits(points.at(-1).value)}`;
}

const uniform = ({ model }) => `ln V ${digits(Math.log(model.architecture.vocabularySize))}`;

function minutes({ model, startedAt, finishedAt }) {
  const took = (Date.parse(finishedAt) - Date.parse(startedAt)) / 60_000;
  return `${short(model.parameterCount / 1e6)} M parameters, ${short(took)} minutes`;
}
