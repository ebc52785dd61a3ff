/** Threads of a process that was begun with flags for the engine: each kind of thread does its work. */
import { rankedLines } from "../support/ranked-lines.js";
import { ADMIN_KEY, makeDataDirectory, ServerProcess, send } from "../support/server-process.js";
import { createTestDatabase } from "../support/template-database.js";
import { hasEnded, TINY, untilJob } from "../support/training-server.js";

const FLAGS = ["--max-old-space-size=3072", "--expose-gc", "--stack-size=980"];

test("a server and a worker begun with V8's flags analyse, count tokens, train on two threads and export", async () => {
  const database = await createTestDatabase();
  const data = makeDataDirectory();
  const environment = { DATABASE_URL: database.url, DATA_DIR: data.directory, JOB_THREADS: "2" };
  const processes = [ServerProcess.spawn({ ...environment, JOB_SLOTS: "0" }, FLAGS)];
  try {
    const [url = ""] = await Promise.all(processes.map((one) => one.url()));
    processes.push(ServerProcess.spawnWorker(environment, FLAGS));
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/x-ndjson" };
    await fetch(`${url}/import/d`, { method: "POST", headers, body: rankedLines() });
    const asks = {
      data: async <Data>(query: string, variables: object = {}): Promise<Data> => {
        const answer = await send<Data>(url, query, variables);
        if (answer.errors) throw new Error(JSON.stringify(answer.errors));
        return answer.data as Data;
      },
    };
    const { dataset } = await asks.data<{ dataset: { id: string; agreement: object; lengths: readonly object[] } }>(
      `{ dataset(slug: "d") { id agreement(input: { measure: RANKING }) { units } lengths(by: STAGE_SPLIT) { count } } }`,
    );
    // 24 prompts of three pairs of completions each.
    expect(dataset).toMatchObject({ agreement: { units: 72 } });
    const input = { datasetId: dataset.id, architecture: TINY, epochs: 1 };
    const { startSft } = await asks.data<{ startSft: { id: string } }>(
      "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
      { input },
    );
    const job = await untilJob(asks, startSft.id, hasEnded, 120_000);
    expect(job).toMatchObject({ status: "SUCCEEDED", error: null });
    const download = `${url}/models/${job.model?.id}/download?format=huggingface`;
    const tar = await fetch(download, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    expect([tar.status, (await tar.arrayBuffer()).byteLength]).toEqual([200, expect.any(Number)]);
  } finally {
    for (const one of processes) one.kill("SIGTERM");
    await Promise.all(processes.map(({ exited }) => exited));
    await database.drop();
    data.remove();
  }
}, 180_000);
