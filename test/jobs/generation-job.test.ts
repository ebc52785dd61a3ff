/** Completions of a model as a job: stored as they come, each once, however often the job is cut off. */
import { parseGlobalId } from "../../src/services/input/global-id.js";
import { importText } from "../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

let server: TrainingServer;
let datasetId: string;
let model: { id: string; name: string };

beforeAll(async () => {
  server = await startTrainingServer();
  await importText(server, "d", demonstrationLines(40, 4));
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input: { datasetId, architecture: TINY, epochs: 1, name: "policy" } },
  );
  const runner = await server.runner();
  model = (await untilJob(server, startSft.id, hasEnded)).model as NonNullable<typeof model>;
  await runner.stop();
});
afterAll(() => server.close());

interface Written {
  readonly prompt: string;
  readonly sampleIndex: number;
  readonly version: number;
  readonly text: string;
  readonly source: string;
  readonly key: string;
}

/** All completions, as the API tells them. */
async function completions(): Promise<Written[]> {
  type Answer = {
    dataset: {
      prompts: {
        nodes: { externalId: string; completions: (Omit<Written, "prompt"> & { model: { name: string } | null })[] }[];
      };
    };
  };
  const { dataset } = await server.data<Answer>(
    `{ dataset(slug: "d") { prompts(first: 200) { nodes { externalId
      completions { key source sampleIndex version text model { name } } } } } }`,
  );
  return dataset.prompts.nodes.flatMap(({ externalId, completions: written }) =>
    written.map(({ model: by, ...completion }) => {
      expect(by).toEqual({ name: "policy" });
      return { prompt: externalId, ...completion };
    }),
  );
}

const generate = async (input: object): Promise<string> =>
  (
    await server.data<{ generate: { id: string } }>(
      "mutation ($input: GenerateInput!) { generate(input: $input) { id } }",
      {
        input: { datasetId, modelId: model.id, samplesPerPrompt: 2, maxResponseTokens: 12, ...input },
      },
    )
  ).generate.id;

test("cut off again and again it stores every completion once, and the same ones as undisturbed", async () => {
  const id = await generate({ seed: 4 });
  for (let runs = 0; runs < 4; runs++) {
    const runner = await server.runner();
    await untilJob(server, id, (job) => hasEnded(job) || job.progress.step >= (runs + 1) * 6);
    // Without the time that handing back takes: as if it had been killed.
    await runner.stop(0);
  }
  const runner = await server.runner();
  const job = await untilJob(server, id, hasEnded);
  expect(job).toMatchObject({ status: "SUCCEEDED", progress: { step: 44, totalSteps: 44 } });
  const first = await completions();
  expect(first).toHaveLength(88);
  expect(new Set(first.map(({ prompt, sampleIndex }) => `${prompt}/${sampleIndex}`)).size).toBe(88);
  expect(first.every(({ version, source }) => version === 1 && source === "policy")).toBe(true);

  const again = await generate({ seed: 4 });
  expect((await untilJob(server, again, hasEnded)).status).toBe("SUCCEEDED");
  await runner.stop();
  const second = (await completions()).filter(({ version }) => version === 2);
  const said = (written: readonly Written[]) =>
    written.map(({ prompt, sampleIndex, text }) => [prompt, sampleIndex, text]);
  expect(said(second)).toEqual(said(first));
});

test("greedy samples are all the same; the audit log says what was stored, and by which job", async () => {
  const id = await generate({ temperature: 0, maxPrompts: 2, samplesPerPrompt: 3 });
  const runner = await server.runner();
  await untilJob(server, id, hasEnded);
  await runner.stop();
  const { auditLog } = await server.data<{ auditLog: { nodes: { by: string; subject: string; after: object }[] } }>(
    '{ auditLog(filter: { action: "generate" }, first: 1) { nodes { by subject after } } }',
  );
  expect(auditLog.nodes).toEqual([
    {
      by: `job ${parseGlobalId(id)?.id} of ${await ownName()}`,
      subject: id,
      after: { source: "policy", completions: 6, prompts: 2 },
    },
  ]);
  const newest = (await completions()).filter(({ version, prompt }) => version === 3 && prompt === "TRAIN-0");
  expect(new Set(newest.map(({ text }) => text)).size).toBe(1);
});

const ownName = async (): Promise<string> =>
  (await server.data<{ viewer: { name: string } }>("{ viewer { name } }")).viewer.name;
