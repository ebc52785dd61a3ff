/** TENSOR_BACKEND decides on which backend of TensorFlow.js a runner trains, and the job says which it was. */
import { importText } from "../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  type SeenJob,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

let server: TrainingServer;
let datasetId: string;

beforeAll(async () => {
  server = await startTrainingServer();
  await importText(server, "d", demonstrationLines(8, 2));
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
});
afterAll(() => server.close());

/** A short training by a runner with these settings, at its end. */
async function trainedBy(environment: Record<string, string>): Promise<SeenJob> {
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, architecture: { ...TINY, contextLength: 16 }, epochs: 1, batchSize: 4 } },
  );
  const runner = await server.runner(environment);
  const job = await untilJob(server, startSft.id, hasEnded);
  await runner.stop();
  return job;
}

test.each(["cpu", "wasm"])("Job.environment names %s where TENSOR_BACKEND does", async (backend) => {
  const job = await trainedBy({ TENSOR_BACKEND: backend });
  expect(job).toMatchObject({ status: "SUCCEEDED", error: null, environment: { backend } });
});
