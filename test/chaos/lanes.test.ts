/**
 * A training and evaluations run side by side in a server that is killed with -9 again and again, with its embedded database:
 * each ends once, with the bits and figures of one that nothing disturbed.
 */
import { makeChance, Patient, seed, times } from "../support/chaos.js";
import { ADMIN_KEY, makeDataDirectory, ServerProcess } from "../support/server-process.js";
import { demonstrationLines, hasEnded, TINY, untilJob } from "../support/training-server.js";

const KILLS = times(2, 15);
const EPOCHS = times(60, 600);

const data = makeDataDirectory();
let server: ServerProcess | null = null;
let url = "";
const patient = new Patient(() => [url]);

async function start(): Promise<void> {
  server = ServerProcess.spawn({
    DATA_DIR: data.directory,
    JOB_LEASE_MS: "1000",
    JOB_CHECKPOINT_MS: "150",
    JOB_THREADS: "1",
  });
  url = await server.url();
}

beforeAll(async () => {
  process.stdout.write(`lanes: SEED=${seed}\n`);
  await start();
}, 120_000);
afterAll(async () => {
  server?.kill("SIGTERM");
  await server?.exited;
  data.remove();
}, 60_000);

test(`${KILLS} kills -9 while a training runs and evaluations beside it: the bits and figures of undisturbed ones`, async () => {
  const chance = makeChance();
  await fetch(`${url}/import/d`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" },
    body: demonstrationLines(),
  });
  const { dataset } = await patient.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const train = async () => {
    const { startSft } = await patient.data<{ startSft: { id: string } }>(
      "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
      { input: { datasetId: dataset.id, architecture: TINY, epochs: EPOCHS, batchSize: 2, seed: 1 } },
    );
    return startSft.id;
  };
  const undisturbed = await untilJob(patient, await train(), hasEnded, 600_000);
  const evaluate = async () => {
    const { runEvaluation } = await patient.data<{ runEvaluation: { job: { id: string } } }>(
      "mutation ($input: EvaluationInput!) { runEvaluation(input: $input) { job { id } } }",
      {
        input: {
          datasetId: dataset.id,
          modelId: undisturbed.model?.id,
          metrics: ["LOSS", "LENGTH"],
          split: "VALIDATION",
        },
      },
    );
    return runEvaluation.job.id;
  };
  const figuresOf = async (id: string) => {
    const { node } = await patient.data<{ node: { evaluation: { results: unknown[] } } }>(
      `{ node(id: "${id}") { ... on Job { evaluation { results { metric value n } } } } }`,
    );
    return node.evaluation.results;
  };
  const first = await evaluate();
  await untilJob(patient, first, hasEnded, 600_000);

  const training = await train();
  const evaluations: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    evaluations.push(await evaluate(), await evaluate());
    // Somewhere between their being queued and their end.
    await new Promise((resolve) => setTimeout(resolve, chance() * 1_500));
    server?.kill("SIGKILL");
    await server?.exited;
    await start();
  }
  for (const id of evaluations) {
    expect(await untilJob(patient, id, hasEnded, 600_000)).toMatchObject({ status: "SUCCEEDED", error: null });
    expect(await figuresOf(id)).toEqual(await figuresOf(first));
  }
  const job = await untilJob(patient, training, hasEnded, 600_000);
  expect(job).toMatchObject({ status: "SUCCEEDED", error: null, inputSha256: undisturbed.inputSha256 });
  expect(job.model?.sha256).toBe(undisturbed.model?.sha256);
}, 3_600_000);
