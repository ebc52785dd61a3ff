import { afterAll, beforeAll, describe, expect, it as test } from "@jest/globals";
import { Database, isConnectionLoss } from "../../../src/entities/database/database.js";
import { AppError } from "../../../src/errors.js";
import { AnalysisThread, analyse } from "../../../src/services/analysis/analysis-thread.js";
import type { AgreementQuestion } from "../../../src/services/analysis/compute-agreement.js";
import { importText, sampleText } from "../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let datasetId: string;
let url: string;

const question = (changes: Partial<AgreementQuestion["options"]> = {}): AgreementQuestion => ({
  filter: {
    datasetId,
    asOf: 2_147_483_647,
    cluster: "PROMPT",
    label: null,
    pool: null,
    labelerIds: null,
    split: null,
    useCases: null,
    sources: null,
    createdFrom: null,
    createdTo: null,
    instructionVersionId: null,
  },
  options: { measure: "RANKING", tiePolicy: "EXACT", resamples: 200, seed: 0, ...changes },
});

beforeAll(async () => {
  server = await startTestServer();
  await importText(server, "sample", sampleText());
  url = server.databaseUrl;
  const [row] = await server.database.select<{ id: string }>("select id from dataset where slug = $1", ["sample"]);
  datasetId = row!.id;
}, 120_000);
afterAll(() => server.close());

const failure = (asked: Promise<unknown>): Promise<Error> =>
  asked.then(
    () => {
      throw new Error("It was answered.");
    },
    (error: Error) => error,
  );

describe("the thread that analyses", () => {
  test("answers many questions at once, each with its own answer, and none holds up another", async () => {
    const database = await Database.connect(url);
    const policies = ["EXACT", "HALF_CREDIT", "STRICT_ONLY"] as const;
    const together = await Promise.all(
      policies.map((tiePolicy) => analyse(database, "agreement", question({ tiePolicy }))),
    );
    await database.close();
    const other = await Database.connect(url);
    for (const [i, tiePolicy] of policies.entries()) {
      expect(await analyse(other, "agreement", question({ tiePolicy }))).toEqual(together[i]);
    }
    await other.close();
    expect(new Set(together.map(({ coefficients }) => coefficients[0]!.value)).size).toBe(3);
  });

  test("brings refusals over with their code and field", async () => {
    const database = await Database.connect(url);
    const error = await failure(analyse(database, "agreement", question({ resamples: 199 })));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.resamples",
      message: "Resamples are 199; they must be an integer from 200 to 20000.",
    });
    await database.close();
  });

  test("brings faults over with message and code, so that a lost database is told from a mistake", async () => {
    const nowhere = new AnalysisThread("postgres://nobody@127.0.0.1:9/nothing");
    expect(isConnectionLoss(await failure(nowhere.ask("agreement", question())))).toBe(true);
    // The next question connects anew instead of repeating an old failure.
    expect(nowhere.isLost).toBe(false);
    await nowhere.close();
  });

  test("refuses what does not fit its memory with a sentence, and the process lives on", async () => {
    const small = new AnalysisThread(url, 8);
    const error = await failure(small.ask("agreement", question()));
    expect(error).toMatchObject({
      code: "UNPROCESSABLE",
      message: "The analysis needs more memory than its thread may have, 8 MiB; ask for less with a filter.",
    });
    expect(small.isLost).toBe(true);
    expect(await failure(small.ask("agreement", question()))).toBe(error);
    const shared = new AnalysisThread(url, 8);
    const errors = await Promise.all([0, 1].map((seed) => failure(shared.ask("agreement", question({ seed })))));
    const message =
      "2 analyses at once need more memory than their thread may have, 8 MiB; ask again, or for less with a filter.";
    for (const one of errors) expect(one).toMatchObject({ code: "UNAVAILABLE", message });
  });

  test("ends with the database; what it has not answered is refused as UNAVAILABLE, and its connections are closed", async () => {
    const database = await Database.connect(url);
    await analyse(database, "agreement", question({ seed: 6 }));
    const connections = async () => {
      const asked = "select count(*)::integer as n from pg_stat_activity where datname = current_database()";
      return (await server.database.select<{ n: number }>(asked, []))[0]!.n;
    };
    const before = await connections();
    const asked = failure(analyse(database, "agreement", question({ seed: 7, resamples: 20_000 })));
    await database.close();
    expect(await asked).toMatchObject({ code: "UNAVAILABLE", message: "The server is stopping; ask again." });
    expect(await connections()).toBeLessThan(before);
    // Nothing begins anew behind a database that is closed.
    expect(await failure(analyse(database, "agreement", question({ seed: 8 })))).toMatchObject({ code: "UNAVAILABLE" });
    expect(await connections()).toBeLessThan(before);
  });
});
