import pino from "pino";
import { Notifications } from "../../../src/services/feeds/notifications.js";
import { type DatasetEvent, watchDataset } from "../../../src/services/reads/watch-dataset.js";
import { updateDataset } from "../../../src/services/writes/update-dataset.js";
import { absent, newDataset, numberOf, startWriting, type Writing } from "../../support/writing.js";

let writing: Writing;
let notifications: Notifications;
let datasetId: string;

beforeAll(async () => {
  writing = await startWriting();
  notifications = new Notifications(writing.database.url, pino({ level: "silent" }));
  await notifications.start();
});
afterAll(async () => {
  await notifications.stop();
  await writing.close();
});
beforeEach(async () => {
  datasetId = await newDataset(writing);
});

const watch = async (writer = writing.admin) => {
  const source = await watchDataset({ ...writer, notifications }, datasetId);
  return source[Symbol.asyncIterator]() as AsyncIterator<DatasetEvent> & { return(): Promise<unknown> };
};
const change = (name: string) => updateDataset(writing.admin, { id: datasetId, name });
const EVENT = { done: false, value: { datasetId: "" } };

describe("watchDataset", () => {
  beforeEach(() => {
    EVENT.value.datasetId = numberOf(datasetId);
  });

  test("tells what changed between the first look and the first wait", async () => {
    const events = await watch();
    await change("Early");
    expect(await events.next()).toEqual(EVENT);
    await events.return();
  });

  test("keeps a second between events, and tells the changes of that second by one", async () => {
    const events = await watch();
    const first = events.next();
    await change("1");
    expect(await first).toEqual(EVENT);
    const at = performance.now();
    for (const name of ["2", "3", "4"]) await change(name);
    expect(await events.next()).toEqual(EVENT);
    // A timer of Node may be a millisecond early.
    expect(performance.now() - at).toBeGreaterThan(990);
    const quiet = await Promise.race([events.next(), new Promise((resolve) => setTimeout(resolve, 1300, "quiet"))]);
    expect(quiet).toBe("quiet");
    await events.return();
  });

  test("tells a change that was made while the last event was being read", async () => {
    const events = await watch();
    const first = events.next();
    await change("1");
    await first;
    await change("2");
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await events.next()).toEqual(EVENT);
    await events.return();
  });

  test("ends at once when the client leaves, also while nothing happens and within the pause", async () => {
    const idle = await watch();
    const waiting = idle.next();
    await idle.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const busy = await watch();
    const first = busy.next();
    await change("1");
    await first;
    const paused = busy.next();
    await change("2");
    await busy.return();
    expect(await paused).toMatchObject({ done: true });
    const unread = await watch();
    await unread.return();
    expect(await unread.next()).toMatchObject({ done: true });
  });

  test("tells as its last event that the key no longer counts", async () => {
    const client = await writing.writer("CLIENT", [numberOf(datasetId)]);
    const events = await watch(client);
    const first = events.next();
    await writing.database.select("update api_key set revoked_at = now() where id = $1", [client.viewer.keyId]);
    await change("1");
    expect(await first).toMatchObject({ done: false, value: { error: { code: "UNAUTHENTICATED" } } });
    expect(await events.next()).toMatchObject({ done: true });
  });

  test("hears what it missed while the listening connection was lost", async () => {
    const events = await watch();
    const first = events.next();
    await writing.database.select(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'accord listener' and datname = current_database()",
      [],
    );
    await change("1");
    expect(await first).toEqual(EVENT);
    await events.return();
  });

  test("refuses what is not there, hidden, or another type's id", async () => {
    const refused = (id: string, writer = writing.admin) => watchDataset({ ...writer, notifications }, id);
    await expect(refused(absent("Dataset"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(refused(datasetId, await writing.writer("CLIENT"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(refused(absent("Prompt"))).rejects.toMatchObject({ code: "BAD_USER_INPUT", field: "datasetId" });
  });
});
