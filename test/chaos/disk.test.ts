/** A disk that is full, and one that cannot be written, under a training job: a real file system of a few megabytes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DataDirectory } from "../../src/files/data-directory.js";
import { importText } from "../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "accord-disk-"));
const mount = (...options: string[]): boolean => spawnSync("mount", [...options, folder]).status === 0;
const isMounted = mount("-t", "tmpfs", "-o", "size=4m", "none");
if (!isMounted) process.stdout.write("disk.test.ts: no file system can be mounted here; skipped.\n");

let server: TrainingServer;
let datasetId: string;

beforeAll(async () => {
  if (!isMounted) return;
  server = await startTrainingServer({}, { directory: new DataDirectory(folder) });
  await importText(server, "d", demonstrationLines());
  datasetId = (await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }')).dataset.id;
});
afterEach(() => makeRoom());
afterAll(async () => {
  await server?.close();
  if (isMounted) spawnSync("umount", ["-l", folder]);
  rmSync(folder, { recursive: true, force: true });
});

const startSft = async (more: object = {}): Promise<string> =>
  (
    await server.data<{ startSft: { id: string } }>("mutation ($input: SftInput!) { startSft(input: $input) { id } }", {
      input: { datasetId, architecture: TINY, epochs: 80, batchSize: 4, seed: 2, ...more },
    })
  ).startSft.id;

const makeRoom = () => rmSync(path.join(folder, "filler"), { force: true });

/** Takes all room but so many bytes. */
function fill(left: number): void {
  for (;;) {
    const { bavail, bsize } = statfsSync(folder);
    try {
      writeFileSync(path.join(folder, "filler"), Buffer.alloc(Math.max(0, bavail * bsize - left)));
      return;
    } catch (error) {
      // The job has written since the room was measured.
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      makeRoom();
    }
  }
}

(isMounted ? describe : describe.skip)("a small disk", () => {
  test("full at a checkpoint: FAILED with its own code, the last good one kept; with room, retryJob goes on to the same bits", async () => {
    const first = await startSft();
    const runner = await server.runner();
    const undisturbed = await untilJob(server, first, hasEnded);
    expect(undisturbed.status).toBe("SUCCEEDED");

    const id = await startSft();
    await untilJob(server, id, ({ checkpoints }) => (checkpoints.at(-1)?.step ?? 0) > 0);
    fill(20_000);
    const failed = await untilJob(server, id, hasEnded);
    expect(failed).toMatchObject({
      status: "FAILED",
      error: {
        code: "DISK_FULL",
        message: expect.stringMatching(/^There is no room for the (checkpoint of step|model|input)/),
      },
    });
    expect(failed.checkpoints.length).toBeGreaterThan(0);
    const step = failed.checkpoints.at(-1)?.step as number;

    const refused = await server.graphql("mutation ($input: SftInput!) { startSft(input: $input) { id } }", {
      input: { datasetId, architecture: TINY, epochs: 1 },
    });
    expect(refused.errors).toMatchObject([
      {
        extensions: { code: "UNPROCESSABLE" },
        message: expect.stringMatching(/^The job needs \d+ bytes below DATA_DIR .* there is room for \d+\.$/),
      },
    ]);

    makeRoom();
    await server.data(`mutation { retryJob(id: "${id}") { id } }`);
    const resumed = await untilJob(server, id, hasEnded);
    expect(resumed).toMatchObject({ status: "SUCCEEDED", model: { sha256: undisturbed.model?.sha256 } });
    expect(resumed.checkpoints.at(-1)?.step).toBeGreaterThanOrEqual(step);
    await runner.stop();
  }, 120_000);

  test("read-only: a clear failure, and the server lives; writable again, the job goes on", async () => {
    const id = await startSft({ epochs: 1 });
    expect(mount("-o", "remount,ro")).toBe(true);
    const runner = await server.runner();
    const waiting = await untilJob(server, id, ({ error }) => error !== null);
    expect(waiting).toMatchObject({
      status: "QUEUED",
      error: {
        code: "DATA_DIR_UNAVAILABLE",
        message: expect.stringMatching(/^DATA_DIR cannot be used for the folder of the job: /),
      },
    });
    expect(await server.data("{ viewer { role } }")).toEqual({ viewer: { role: "ADMIN" } });
    expect(mount("-o", "remount,rw")).toBe(true);
    expect(await untilJob(server, id, hasEnded)).toMatchObject({ status: "SUCCEEDED", error: null });
    await runner.stop();
  }, 120_000);
});
