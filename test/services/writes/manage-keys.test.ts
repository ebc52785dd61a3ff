import { authenticate, KEY_CHANNEL } from "../../../src/services/access/api-keys.js";
import { globalId } from "../../../src/services/input/global-id.js";
import { createApiKey, type NewApiKey, revokeApiKey } from "../../../src/services/writes/manage-keys.js";
import { absent, newDataset, newLabeler, numberOf, startWriting, type Writing } from "../../support/writing.js";

let writing: Writing;

beforeEach(async () => {
  writing = await startWriting();
});
afterEach(() => writing.close());

const create = (given: Partial<NewApiKey> = {}) =>
  createApiKey(writing.admin, { name: "k", role: "ANALYST", ...given });
const revoke = (number: string) => revokeApiKey(writing.admin, { id: globalId("ApiKey", number) });
const enter = (secret: string) => authenticate(writing.database, `Bearer ${secret}`);

describe("createApiKey", () => {
  test("makes a key that opens at once what it is granted", async () => {
    const datasets = [await newDataset(writing), await newDataset(writing)];
    const labelerId = await newLabeler(writing);
    const expiresAt = new Date(Date.now() + 60_000);
    const client = await create({ role: "CLIENT", datasetIds: [...datasets, datasets[0]!], expiresAt });
    expect(await enter(client.secret)).toEqual({
      keyId: client.id,
      name: "k",
      role: "CLIENT",
      labelerId: null,
      datasetIds: datasets.map(numberOf),
      expiresAt,
    });
    const labeler = await create({ role: "LABELER", labelerId });
    expect(await enter(labeler.secret)).toMatchObject({ role: "LABELER", labelerId: numberOf(labelerId) });
    expect(await enter((await create({ role: "ADMIN" })).secret)).toMatchObject({ role: "ADMIN", datasetIds: null });
  });

  test("keeps the secret nowhere: not in any table", async () => {
    const { secret } = await create({ idempotencyKey: "once" });
    const tables = await writing.database.select<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
      [],
    );
    for (const { name } of tables) {
      const [row] = await writing.database.select<{ found: boolean }>(
        `select exists (select from "${name}" t where t::text like '%' || $1 || '%') as found`,
        [secret.slice(7)],
      );
      expect([name, row?.found]).toEqual([name, false]);
    }
  });

  test("refuses a repeated idempotency key, with the same input and with another, and two at once", async () => {
    await create({ idempotencyKey: "a" });
    await expect(create({ idempotencyKey: "a" })).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/has made the API key .* already; its secret is kept nowhere/),
    });
    await expect(create({ idempotencyKey: "a", name: "other" })).rejects.toMatchObject({ code: "CONFLICT" });
    const both = await Promise.allSettled([create({ idempotencyKey: "b" }), create({ idempotencyKey: "b" })]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("refuses a role without what it needs, and what is no affair of the role", async () => {
    const datasetId = await newDataset(writing);
    const labelerId = await newLabeler(writing);
    const refused = (given: Partial<NewApiKey>, code: string, field: string) =>
      expect(create(given)).rejects.toMatchObject({ code, field });
    await refused({ role: "LABELER" }, "BAD_USER_INPUT", "input.labelerId");
    await refused({ role: "ADMIN", labelerId }, "BAD_USER_INPUT", "input.labelerId");
    await refused({ role: "CLIENT" }, "BAD_USER_INPUT", "input.datasetIds");
    await refused({ role: "CLIENT", datasetIds: [] }, "BAD_USER_INPUT", "input.datasetIds");
    await refused({ role: "ANALYST", datasetIds: [datasetId] }, "BAD_USER_INPUT", "input.datasetIds");
    await refused({ role: "LABELER", labelerId, datasetIds: [datasetId] }, "BAD_USER_INPUT", "input.datasetIds");
    await refused({ role: "LABELER", labelerId: absent("Labeler") }, "NOT_FOUND", "input.labelerId");
    await refused({ role: "CLIENT", datasetIds: [datasetId, absent("Dataset")] }, "NOT_FOUND", "input.datasetIds");
    await refused({ role: "CLIENT", datasetIds: [labelerId] }, "BAD_USER_INPUT", "input.datasetIds.0");
    await refused({ name: "" }, "BAD_USER_INPUT", "input.name");
    await refused({ name: "x".repeat(201) }, "BAD_USER_INPUT", "input.name");
    await refused({ expiresAt: new Date() }, "BAD_USER_INPUT", "input.expiresAt");
  });
});

describe("revokeApiKey", () => {
  test("takes effect at once, is told on the channel, and stays as it is when repeated", async () => {
    const { id, secret } = await create();
    const heard = await writing.database.connection(async (client) => {
      const notices: string[] = [];
      client.on("notification", ({ payload }) => notices.push(payload ?? ""));
      await client.query(`listen ${KEY_CHANNEL}`);
      await revoke(id);
      await client.query("select 1");
      await client.query("unlisten *");
      return notices;
    });
    expect(heard).toEqual([id]);
    await expect(enter(secret)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    const at = () => writing.database.select("select revoked_at from api_key where id = $1", [id]);
    const first = await at();
    expect(await revoke(id)).toBe(id);
    expect(await at()).toEqual(first);
    const entries = await writing.database.select(
      "select before, after from audit_entry where subject = $1 and action = 'revokeApiKey'",
      [globalId("ApiKey", id)],
    );
    expect(entries).toEqual([
      {
        before: { name: "k", role: "ANALYST", revokedAt: null },
        after: { name: "k", role: "ANALYST", revokedAt: expect.any(String) },
      },
    ]);
  });

  test("refuses the last usable key of an administrator, expired and revoked ones not counted", async () => {
    const own = writing.admin.viewer.keyId;
    await expect(revoke(own)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/last usable one of an administrator/),
    });
    const other = await create({ role: "ADMIN" });
    await writing.database.select("update api_key set expires_at = now() - interval '1 second' where id = $1", [
      other.id,
    ]);
    await expect(revoke(own)).rejects.toMatchObject({ code: "CONFLICT" });
    await revoke(other.id);
    const third = await create({ role: "ADMIN" });
    await revoke(own);
    await expect(revoke(third.id)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("leaves one of two when both are revoked at once", async () => {
    const other = await create({ role: "ADMIN" });
    const both = await Promise.allSettled([revoke(other.id), revoke(writing.admin.viewer.keyId)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("refuses an unknown key and an id of another type", async () => {
    await expect(revoke("999999")).rejects.toMatchObject({ code: "NOT_FOUND", field: "id" });
    await expect(revokeApiKey(writing.admin, { id: absent("Prompt") })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "id",
    });
  });
});
