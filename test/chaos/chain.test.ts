/**
 * SFT, a reward model and PPO, started one after the other by their ids, whose server is killed with -9 at random moments end
 * with the same bits as a chain that nothing disturbed.
 */
import { makeChance, Patient, seed, times } from "../support/chaos.js";
import { LaunchedPostgres } from "../support/launched-postgres.js";
import { rankedLines } from "../support/ranked-lines.js";
import { ADMIN_KEY, makeDataDirectory, ServerProcess } from "../support/server-process.js";
import { hasEnded, seeJob, TINY, untilJob } from "../support/training-server.js";

const KILLS = times(2, 14);

const data = makeDataDirectory();
let postgres: LaunchedPostgres;
let databaseUrl: string;
let server: ServerProcess;
let serverUrl = "";
const patient = new Patient(() => [serverUrl]);

beforeAll(async () => {
  process.stdout.write(`chain: SEED=${seed}\n`);
  postgres = LaunchedPostgres.spawn(data.directory);
  databaseUrl = (await postgres.serving()).url;
  await startServer();
}, 60_000);
afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  await postgres.stop();
  data.remove();
}, 60_000);

async function startServer(): Promise<void> {
  server = ServerProcess.spawn({
    DATABASE_URL: databaseUrl,
    DATA_DIR: data.directory,
    JOB_LEASE_MS: "1000",
    JOB_CHECKPOINT_MS: "100",
    JOB_THREADS: "1",
    LOG_LEVEL: "info",
  });
  serverUrl = await server.url();
}

/** The ids of a chain's jobs. */
async function startChain(): Promise<string[]> {
  const { dataset } = await patient.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const start = async (mutation: string, type: string, input: Record<string, unknown>): Promise<string> => {
    const answer = await patient.data<Record<string, { id: string }>>(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { id } }`,
      { input: { datasetId: dataset.id, seed: 1, ...input } },
    );
    return answer[mutation]?.id as string;
  };
  const sft = await start("startSft", "SftInput", { architecture: TINY, epochs: 2 });
  const reward = await start("startRewardModel", "RewardModelInput", { sftJobId: sft, epochs: times(30, 100) });
  const sizes = { episodes: times(320, 1600), batchSize: 8, minibatchSize: 4, maxResponseTokens: 6 };
  const models = { sftJobId: sft, rewardModelJobId: reward, promptFilter: {} };
  return [sft, reward, await start("startPpo", "PpoInput", { ...models, ...sizes })];
}

test(`${KILLS} kills -9 while a reward model and a policy are trained: the same models, bit for bit`, async () => {
  const chance = makeChance();
  await fetch(`${serverUrl}/import/d`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" },
    body: rankedLines(),
  });
  const undisturbed = await startChain();
  const disturbed: string[] = [];
  for (const id of undisturbed) await untilJob(patient, id, hasEnded, 600_000);
  disturbed.push(...(await startChain()));
  const killed: string[] = [];
  for (const id of disturbed.slice(1)) {
    for (let step = -1; ; ) {
      const job = await untilJob(
        patient,
        id,
        (seen) => hasEnded(seen) || (seen.checkpoints.at(-1)?.step ?? -1) > step,
        120_000,
      );
      if (hasEnded(job) || killed.filter((kind) => kind === job.kind).length >= KILLS / 2) break;
      step = job.checkpoints.at(-1)?.step as number;
      await new Promise((resolve) => setTimeout(resolve, chance() * 300));
      server.kill("SIGKILL");
      await server.exited;
      await startServer();
      killed.push(job.kind);
    }
  }
  process.stdout.write(`chain: killed in ${killed.join(", ")}\n`);
  expect(new Set(killed)).toEqual(new Set(["RM", "PPO"]));
  for (const [place, id] of disturbed.entries()) {
    const job = await untilJob(patient, id, hasEnded, 600_000);
    const before = await seeJob(patient, undisturbed[place]!);
    expect([job.status, job.error]).toEqual(["SUCCEEDED", null]);
    expect(job.model?.sha256).toBe(before.model?.sha256);
    expect(job.samples).toEqual(before.samples);
  }
}, 3_600_000);
