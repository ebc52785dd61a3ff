import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import { gunzipSync } from "node:zlib";
import { jest } from "@jest/globals";
import { takesGzip } from "../../../src/server/routes/export-route.js";
import { Random } from "../../datasets/random.js";
import { receiveFile, receiveRecords, sendFile, sendRecords } from "../../support/files.js";
import { sampleText } from "../../support/import-over-http.js";
import { rawAnswer } from "../../support/raw-answer.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

let made = 0;
const newSlug = (): string => `out-${++made}`;

async function idOf(slug: string): Promise<string> {
  const { dataset } = await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`);
  return dataset.id;
}

const rowOf = async (slug: string): Promise<string> => {
  const [row] = await server.database.select<{ id: string }>("select id from dataset where slug = $1", [slug]);
  return (row as { id: string }).id;
};

describe("the round trip", () => {
  test("the sample dataset comes back byte for byte from a second dataset and from a second database", async () => {
    const slug = newSlug();
    expect(await sendFile(server, slug, sampleText())).toMatchObject({ rejected: 0, losses: [] });
    const { text } = await receiveFile(server, slug);
    const again = newSlug();
    expect(await sendFile(server, again, text)).toMatchObject({ rejected: 0, duplicates: 0, losses: [] });
    expect((await receiveFile(server, again)).text).toBe(text);
    expect(await sendFile(server, slug, text)).toMatchObject({ accepted: 0, rejected: 0 });

    const other = await startTestServer();
    try {
      expect(await sendFile(other, slug, text)).toMatchObject({ rejected: 0, duplicates: 0, losses: [] });
      expect((await receiveFile(other, slug)).text).toBe(text);
    } finally {
      await other.close();
    }
  });

  test("everything that a line can say comes back, byte for byte", async () => {
    const slug = newSlug();
    const time = (n: number) => `2026-01-0${n}T10:00:00.000Z`;
    const [held, wei] = [`held ${slug}`, `Wěi 😀 ${slug}`];
    const records = [
      { splitPolicy: { train: 0.8, validation: 0.1, test: 0.1, seed: -3, groupBy: "AUTHOR", assignedAt: time(1) } },
      { labeler: { handle: wei, pool: "TRAINING", status: "ACTIVE" } },
      { labeler: { handle: held, pool: "HELD_OUT", status: "SUSPENDED" } },
      {
        instructions: {
          version: 2,
          purpose: "TOXICITY",
          text: "Tab\there, line\nthere, \\ and \\N.",
          criteriaOrder: ["HARMLESS", "HELPFUL"],
          validFrom: time(1),
        },
      },
      {
        id: "p-1",
        text: 'Tab\t, line\n, return\r, \\., \\N, {"quoted"}, \u2028, 😀👩🏽‍🚀, العربية',
        kind: "FEW_SHOT",
        fewShot: [{ query: "q\t", response: "" }],
        useCase: "EXTRACTION",
        source: "CUSTOMER",
        author: "an author",
        language: "zh-Hans",
        traits: { AMBIGUOUS: false, HIGH_STAKES: null },
        stages: [],
        split: "VALIDATION",
        tags: ['"', "\\", "{a,b}", "", "NULL", "\n"],
        metadata: { "\t": 1e-7, a: [1, "two", null, { "": -0.5 }] },
        createdAt: "0001-01-01T00:00:00.000Z",
        demonstrations: [{ labeler: wei, text: "", createdAt: time(2), instructions: 2 }],
        completions: [
          { key: "B", source: "m", text: "b", createdAt: "9999-12-31T23:59:59.999Z" },
          { key: "A", source: "m", sampleIndex: 7, version: 3, text: "" },
          { key: "é", text: "c" },
        ],
        rankings: [
          {
            labeler: held,
            tiers: [["A", "B"], ["é"]],
            displayOrder: ["é", "A", "B"],
            durationMs: 0,
            note: "\\N",
            createdAt: time(3),
            instructions: 2,
            assessments: [
              {
                completion: "é",
                overall: 1,
                labels: { HALLUCINATION: null, EXPRESSES_OPINION: true },
                toxicity: { input: 0, output: 2, relative: -1, continuity: 7 },
              },
              { completion: "A", toxicity: { relative: 0 }, createdAt: time(4) },
            ],
          },
        ],
        assessments: [{ labeler: wei, completion: "A", overall: 7, createdAt: time(5), instructions: 2 }],
        skips: [{ labeler: held, reason: "unclear", createdAt: time(6) }, { labeler: held }],
        exclusion: { reason: "spam", from: ["SFT", "PPO"], by: "Ann", at: time(7) },
      },
    ];
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    expect(await sendFile(server, slug, text)).toMatchObject({ accepted: 1, rejected: 0, losses: [] });
    // Labelers are declared in the order of their handles.
    expect((await receiveFile(server, slug)).text).toBe(text);
  });

  test("a prompt too long for a line is told in several, and comes together again", async () => {
    const slug = newSlug();
    const demonstrations = Array.from({ length: 300 }, (_, i) => ({
      labeler: `long ${i % 3}`,
      text: `${i} ${"é".repeat(20_000)}`,
    }));
    const completions = Array.from({ length: 500 }, (_, i) => ({
      key: `k${i}`,
      source: i % 2 ? "m" : "n",
      text: "y".repeat(12_000),
    }));
    const rankings = Array.from({ length: 400 }, (_, i) => ({
      labeler: `long ${i % 3}`,
      tiers: [[`k${i}`], [`k${i + 1}`]],
      note: "z".repeat(9000),
      assessments: [{ completion: `k${i}`, overall: 1 + (i % 7) }],
    }));
    // 3 pieces of at most 12 MB: a line may have 16 MiB.
    for (const children of [
      { demonstrations: demonstrations.slice(0, 150) },
      { demonstrations, completions: completions.slice(0, 100) },
      { completions, rankings: rankings.slice(0, 200) },
      { rankings },
    ]) {
      expect(
        await sendRecords(server, slug, [{ text: "long", author: "a", useCase: "CHAT", ...children }]),
      ).toMatchObject({ accepted: 1, rejected: 0 });
    }
    await sendRecords(server, slug, [{ text: "short", author: "b" }]);

    const { text } = await receiveFile(server, slug);
    const lines = text.trimEnd().split("\n");
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(16 << 20);
    const prompts = lines.map((line) => JSON.parse(line)).filter((record) => "text" in record);
    expect(prompts.length).toBeGreaterThan(3);
    const whole = prompts.slice(0, -1);
    expect(whole.flatMap((record) => record.demonstrations ?? [])).toEqual(demonstrations);
    expect(whole.flatMap((record) => record.completions ?? [])).toEqual(completions);
    expect(whole.flatMap((record) => record.rankings ?? [])).toEqual(rankings);
    expect(prompts.map((record) => record.useCase)).toEqual([
      "CHAT",
      ...whole.slice(1).map(() => undefined),
      undefined,
    ]);

    const again = newSlug();
    expect(await sendFile(server, again, text)).toMatchObject({ rejected: 0, duplicates: 0 });
    expect((await receiveFile(server, again)).text).toBe(text);
  }, 60_000);
});

describe("which prompts, as of when", () => {
  const slug = "selected";
  const prompts = [
    { id: "1", text: "a", author: "x", split: "TRAIN", demonstrations: [{ labeler: "selector", text: "d" }] },
    {
      id: "2",
      text: "b",
      author: "y",
      split: "TEST",
      completions: [{ text: "a" }, { text: "b" }],
      rankings: [{ labeler: "selector", tiers: [["A"], ["B"]] }],
    },
    {
      id: "3",
      text: "c",
      author: "z",
      split: "TRAIN",
      source: "CUSTOMER",
      exclusion: { reason: "spam", from: ["PPO"] },
    },
    { id: "4", text: "d", stages: ["RM"] },
  ];
  beforeAll(async () => {
    expect(await sendRecords(server, slug, prompts)).toMatchObject({ accepted: 4 });
  });
  const ids = async (query: string) => (await receiveRecords(server, slug, query)).flatMap(({ id }) => id ?? []);

  test.each([
    ["", ["1", "2", "3", "4"]],
    ["?split=TRAIN", ["1", "3"]],
    ["?split=VALIDATION", []],
    ["?stage=SFT", ["1"]],
    ["?stage=RM", ["2", "4"]],
    ["?stage=PPO&split=TRAIN", ["3"]],
  ])("%s", async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  test.each([
    ["?split=train", 'split is "train"; it must be one of TRAIN, VALIDATION, TEST.'],
    ["?stage=XXX", 'stage is "XXX"; it must be one of SFT, RM, PPO.'],
    ["?revision=-1", 'revision is "-1"; it must be a whole number.'],
    ["?revision=99", "revision is 99; it must be 0 to 1, the dataset's present one."],
    ["?revision=1e3", 'revision is "1e3"; it must be a whole number.'],
    ["?format=parquet", 'format is "parquet"; the formats are: native.'],
    ["?splits=TRAIN", '"splits" is no parameter; there are format, split, stage, revision, filter, offset, ending.'],
    ["?split=TRAIN&split=TEST", "split is given twice; give it once."],
    ["?split=TRAIN&filter={%22splits%22:[%22TEST%22]}", "Give split, or filter.splits."],
    ["?stage=RM&filter={%22stages%22:[]}", "Give stage, or filter.stages."],
    ["?offset=5", "offset counts the bytes of one revision: give revision, as x-dataset-revision said it."],
    ["?revision=1&offset=-1", 'offset is "-1"; it must be a whole number.'],
    ["?revision=1&offset=1.5", 'offset is "1.5"; it must be a whole number.'],
    ["?revision=1&offset=", 'offset is ""; it must be a whole number.'],
    ["?revision=1&offset=ten", 'offset is "ten"; it must be a whole number.'],
    ["?revision=1&offset=9999999999999999", 'offset is "9999999999999999"; it must be a whole number.'],
    ["?ending=yes", 'ending is "yes"; it must be one of true, false.'],
  ])("%s is refused", async (query, message) => {
    const { status, text } = await receiveFile(server, slug, { query });
    expect(status).toBe(400);
    expect(JSON.parse(text).errors[0]).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT" } });
  });

  test("the report takes what selects, and nothing that is of bytes", async () => {
    const { status, text } = await receiveFile(server, slug, { query: "/report?offset=5&revision=1" });
    expect([status, text]).toEqual([400, expect.stringContaining('\\"offset\\" is no parameter; there are format')]);
    const filtered = await receiveFile(server, slug, { query: '/report?filter={"splits":["TRAIN"]}' });
    expect(JSON.parse(filtered.text)).toMatchObject({ prompts: 2 });
  });

  describe("filter, with the names and the rules of GraphQL's PromptFilter", () => {
    const filterQuery = (filter: unknown) => `?filter=${encodeURIComponent(JSON.stringify(filter))}`;

    const FILTERS = [
      {},
      { splits: ["TRAIN"] },
      { splits: "TRAIN" },
      { splits: [] },
      { splits: null },
      { splits: ["TRAIN", "TEST"], author: "y" },
      { stages: ["RM", "SFT"] },
      { sources: ["CUSTOMER"] },
      { kinds: ["PLAIN"] },
      { excluded: true },
      { excluded: false, search: "B" },
      { search: "%" },
      { minRankings: 1 },
      { minRankings: 0 },
      { useCases: ["CHAT"] },
      { tag: "none" },
      { language: "en" },
      { trait: "CLOSED_DOMAIN" },
    ];
    test.each(FILTERS.map((filter) => [JSON.stringify(filter), filter] as const))(
      "%s takes the prompts that the GraphQL list takes",
      async (_, filter) => {
        const { dataset } = await server.data<{ dataset: { prompts: { nodes: { externalId: string }[] } } }>(
          `query ($filter: PromptFilter) { dataset(slug: "${slug}") { prompts(filter: $filter) { nodes { externalId } } } }`,
          { filter },
        );
        expect(await ids(filterQuery(filter))).toEqual(dataset.prompts.nodes.map(({ externalId }) => externalId));
      },
    );

    test.each([
      [
        "nonsense",
        "filter",
        'filter is "nonsense", which is no JSON; it must be an object such as {"splits":["TRAIN"]}.',
      ],
      ["", "filter", 'filter is "", which is no JSON; it must be an object such as {"splits":["TRAIN"]}.'],
      ["[]", "filter", 'filter is "[]"; it must be a JSON object with fields of PromptFilter.'],
      ["null", "filter", 'filter is "null"; it must be a JSON object with fields of PromptFilter.'],
      ["7", "filter", 'filter is "7"; it must be a JSON object with fields of PromptFilter.'],
      [
        '{"split":["TRAIN"]}',
        "filter.split",
        /^filter\.split is no field of PromptFilter; there are kinds, useCases, /,
      ],
      ['{"__proto__":{}}', "filter.__proto__", /^filter\.__proto__ is no field of PromptFilter/],
      ['{"constructor":1}', "filter.constructor", /^filter\.constructor is no field of PromptFilter/],
      ['{"splits":["TRIAN"]}', "filter.splits.0", /^filter\.splits\.0 is "TRIAN": .*does not exist in "Split" enum/],
      ['{"splits":["TRAIN",7]}', "filter.splits.1", /^filter\.splits\.1 is 7: /],
      ['{"stages":[null]}', "filter.stages.0", /^filter\.stages\.0 is null: /],
      ['{"minRankings":"1"}', "filter.minRankings", /^filter\.minRankings is "1": Int cannot represent/],
      ['{"minRankings":1.5}', "filter.minRankings", /^filter\.minRankings is 1\.5: /],
      ['{"minRankings":-1}', "filter.minRankings", "filter.minRankings is -1; it must be 0 or more."],
      ['{"excluded":"no"}', "filter.excluded", /^filter\.excluded is "no": Boolean cannot represent/],
      ['{"author":{"is":"x"}}', "filter.author", /^filter\.author is an object: String cannot represent/],
      ['{"author":"a\\u0000"}', "filter.author", /^filter\.author /],
    ])("filter=%s is refused where it is wrong", async (filter, field, message) => {
      const { status, text } = await receiveFile(server, slug, { query: `?filter=${encodeURIComponent(filter)}` });
      const expected = typeof message === "string" ? message : expect.stringMatching(message);
      expect([status, JSON.parse(text)]).toEqual([
        400,
        { errors: [{ message: expected, extensions: { code: "BAD_USER_INPUT", field } }] },
      ]);
    });
  });

  describe("from an offset on, at a revision", () => {
    const at = (query: string) => receiveFile(server, slug, { query });

    test("every offset gives the rest, alone and with an ending, and of every filter", async () => {
      for (const more of ["", "&ending=true", "&split=TRAIN", '&filter={"minRankings":1}&ending=true']) {
        const { text: whole, headers } = await at(`?revision=1${more}`);
        expect(headers["x-dataset-revision"]).toBe("1");
        const step = Math.max(1, Math.floor(whole.length / 40));
        for (let offset = 0; offset <= whole.length; offset += step) {
          const { status, text } = await at(`?revision=1&offset=${offset}${more}`);
          expect([status, text === whole.slice(offset)]).toEqual([200, true]);
        }
        const { status, text } = await at(`?revision=1&offset=${whole.length}${more}`);
        expect([status, text]).toEqual([200, ""]);
        const beyond = await at(`?revision=1&offset=${whole.length + 1}${more}`);
        const message = `offset is ${whole.length + 1}; this export has ${whole.length} bytes.`;
        expect([beyond.status, JSON.parse(beyond.text).errors[0]]).toEqual([
          400,
          { message, extensions: { code: "BAD_USER_INPUT", field: "offset" } },
        ]);
      }
    });

    test("goes on at the revision where it began, whatever was changed meanwhile", async () => {
      const own = newSlug();
      await sendRecords(server, own, prompts);
      const query = '?revision=1&filter={"minRankings":1}&ending=true';
      const before = (await receiveFile(server, own, { query: query.replace("revision=1&", "") })).text;
      await sendRecords(server, own, [
        { text: "late" },
        {
          ...prompts[0],
          completions: [{ text: "c" }, { text: "d" }],
          rankings: [{ labeler: "s", tiers: [["A"], ["B"]] }],
        },
      ]);
      expect((await receiveFile(server, own, { query: `${query}&offset=100` })).text).toBe(before.slice(100));
      expect((await receiveFile(server, own, { query: query.replace("revision=1&", "") })).text).not.toBe(before);
    });

    test("an ending says how many bytes stand before it, and their hash", async () => {
      const whole = (await at("?revision=1")).text;
      const { text } = await at("?ending=true");
      const ending = text.slice(whole.length);
      expect(text.startsWith(whole)).toBe(true);
      expect(JSON.parse(ending)).toEqual({
        ending: {
          bytes: Buffer.byteLength(whole),
          sha256: createHash("sha256").update(whole).digest("hex"),
          revision: 1,
        },
      });
      expect(ending.endsWith("}\n")).toBe(true);
      expect((await at("?ending=false")).text).toBe(whole);
    });

    test("gzip is of the bytes from the offset on", async () => {
      const whole = (await at("?revision=1")).text;
      const { body } = await rawAnswer(server, `/export/${slug}?revision=1&offset=50`, {
        headers: { "accept-encoding": "gzip" },
      });
      expect(gunzipSync(body).toString()).toBe(whole.slice(50));
    });
  });

  test("the report says what a file leaves behind", async () => {
    const own = newSlug();
    await sendRecords(
      server,
      own,
      [prompts[1], { id: "9", text: "B", author: "w" }].map((p) => ({ ...p, split: undefined })),
    );
    const report = async (query = "") => {
      const response = await fetch(`${server.url}/export/${own}/report${query}`, {
        headers: { authorization: `Bearer ${server.adminKey}` },
      });
      return response.json();
    };
    expect(await report()).toEqual({ format: "native", revision: 1, prompts: 2, losses: [] });

    const datasetId = await idOf(own);
    // "b" and "B" are equal when folded: their authors' groups join.
    await server.data("mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { id } }", {
      input: { datasetId },
    });
    const { dataset } = await server.data<{
      dataset: {
        prompts: {
          nodes: {
            id: string;
            rankings: { nodes: { id: string; labeler: { id: string } }[] };
            completions: { id: string }[];
          }[];
        };
      };
    }>(
      `{ dataset(slug: "${own}") { prompts { nodes { id completions { id } rankings { nodes { id labeler { id } } } } } } }`,
    );
    const prompt = dataset.prompts.nodes.find(({ rankings }) => rankings.nodes.length > 0);
    const [ranking] = prompt?.rankings.nodes ?? [];
    await server.data("mutation ($input: SubmitRankingInput!) { submitRanking(input: $input) { id } }", {
      input: {
        promptId: prompt?.id,
        labelerId: ranking?.labeler.id,
        supersedesId: ranking?.id,
        tiers: prompt?.completions.map(({ id }) => [id]).reverse(),
      },
    });
    const after = (await report()) as { losses: { what: string; count: number }[] };
    expect(after.losses).toContainEqual({ what: "rankings that were superseded", count: 1 });
    expect(after.losses).toContainEqual({
      what: "groups that keep prompts of several authors in one split (the splits are kept)",
      count: 1,
    });
    expect(await report("?revision=1")).toEqual({ format: "native", revision: 1, prompts: 2, losses: [] });
    const refused = await fetch(`${server.url}/export/${own}/report?format=x`, {
      headers: { authorization: `Bearer ${server.adminKey}` },
    });
    expect(refused.status).toBe(400);
  });
});

test("an export asks the database no more for prompts with rankings and assessments than for as many without", async () => {
  const records = Array.from({ length: 120 }, (_, i) => ({
    text: `a prompt ${i}`,
    completions: [{ text: "a" }, { text: "b" }],
    rankings: [
      { labeler: "w1", tiers: [["A"], ["B"]], assessments: [{ completion: "A", overall: 1 + (i % 7) }] },
      { labeler: "w2", tiers: [["B"], ["A"]], assessments: [{ completion: "B", overall: 4 }] },
    ],
  }));
  const [bare, judged] = [newSlug(), newSlug()];
  await sendRecords(
    server,
    bare,
    records.map(({ text }) => ({ text })),
  );
  await sendRecords(server, judged, records);
  const count = async (slug: string) => {
    const select = jest.spyOn(server.database, "select");
    try {
      await receiveFile(server, slug);
      return select.mock.calls.length;
    } finally {
      select.mockRestore();
    }
  };
  expect(await count(judged)).toBe((await count(bare)) + 1);
  const found = (await receiveRecords(server, judged)).filter((record) => "text" in record);
  expect(found.map(({ rankings }) => rankings)).toEqual(records.map(({ rankings }) => rankings));
});

describe("who may", () => {
  test("everyone who may see the dataset; to the others it does not exist", async () => {
    const [granted, hidden] = [newSlug(), newSlug()];
    for (const slug of [granted, hidden]) await sendRecords(server, slug, [{ text: "a" }]);
    const [labeler] = await server.database.select<{ id: string }>(
      "insert into labeler (handle) values ('reader') returning id",
      [],
    );
    const keys = {
      ANALYST: await server.key("ANALYST"),
      CLIENT: await server.key("CLIENT", { datasetIds: [await rowOf(granted)] }),
      LABELER: await server.key("LABELER", { labelerId: labeler?.id as string }),
    };
    const status = async (slug: string, key: string | null, path = "") =>
      (await receiveFile(server, `${slug}${path}`, { key })).status;
    for (const path of ["", "/report"]) {
      expect(await status(granted, keys.ANALYST, path)).toBe(200);
      expect(await status(granted, keys.CLIENT, path)).toBe(200);
      expect(await status(granted, keys.LABELER, path)).toBe(404);
      expect(await status(hidden, keys.CLIENT, path)).toBe(404);
      expect(await status(granted, null, path)).toBe(401);
    }
    const absent = await receiveFile(server, "no-such-set", { key: keys.CLIENT });
    const unseen = await receiveFile(server, hidden, { key: keys.CLIENT });
    expect(unseen.text).toBe(absent.text.replace("no-such-set", hidden));
  });
});

test.each(["a%00", "%ED%A0%80", "a'%20or%20'1", "..%2Fa"])("the address %s names nothing", async (slug) => {
  for (const path of ["", "/report"]) {
    const { status, text } = await receiveFile(server, `${slug}${path}`);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain("INTERNAL");
  }
});

describe("the answer", () => {
  test("is gzip where that is taken, and says so", async () => {
    const slug = newSlug();
    await sendFile(server, slug, sampleText());
    const plain = await rawAnswer(server, `/export/${slug}`);
    expect(plain.headers).toMatchObject({
      "content-type": "application/x-ndjson; charset=utf-8",
      "content-disposition": `attachment; filename="${slug}.jsonl"`,
      vary: expect.stringMatching(/accept-encoding/i),
    });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const packed = await rawAnswer(server, `/export/${slug}`, {
      headers: { "accept-encoding": "br, gzip;q=0.5" },
    });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(packed.body.length).toBeLessThan(plain.body.length / 2);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  });

  test.each([
    [undefined, false],
    ["", false],
    ["gzip", true],
    ["deflate, gzip;q=1.0, *;q=0.5", true],
    ["gzip;q=0", false],
    ["*", true],
    ["*;q=0", false],
    ["br", false],
    ["gzip;q=0, *", false],
  ])("Accept-Encoding: %s", (header, expected) => {
    expect(takesGzip(header)).toBe(expected);
  });

  describe("of a large dataset", () => {
    const slug = "large";
    beforeAll(async () => {
      const text = "x".repeat(100_000);
      for (let i = 0; i < 3; i++) {
        const lines = Array.from({ length: 100 }, (_, k) => ({ id: `${i}-${k}`, text: `${i} ${k} ${text}` }));
        expect(await sendRecords(server, slug, lines)).toMatchObject({ accepted: 100 });
      }
    }, 60_000);

    /** How many statements a piece of work made. */
    async function statements(work: () => Promise<unknown>): Promise<number> {
      const { database } = server;
      const select = database.select.bind(database);
      let count = 0;
      database.select = ((text: string, values: unknown[]) => {
        count += 1;
        return select(text, values);
      }) as typeof database.select;
      try {
        await work();
        return count;
      } finally {
        database.select = select;
      }
    }

    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    /** Asks for the export and reads nothing of it. */
    const stalled = (): Promise<http.IncomingMessage> =>
      new Promise((resolve, reject) => {
        const options = { headers: { authorization: `Bearer ${server.adminKey}` } };
        http.get(`${server.url}/export/${slug}`, options, resolve).on("error", reject);
      });

    test("is read no faster than the client takes it, and ends with the client", async () => {
      const all = await statements(async () => {
        expect((await receiveFile(server, slug)).text.length).toBeGreaterThan(30_000_000);
      });
      const few = await statements(async () => {
        const response = await stalled();
        await pause(1000);
        response.destroy();
        await pause(300);
      });
      expect(few).toBeLessThan(all / 2);
    }, 60_000);

    test("is of one revision, whatever changes meanwhile", async () => {
      const before = (await receiveFile(server, slug)).text;
      const response = await stalled();
      await sendRecords(server, slug, [
        { id: "late", text: "late" },
        { id: "0-0", text: `0 0 ${"x".repeat(100_000)}`, split: "TEST" },
        { id: "2-99", text: `2 99 ${"x".repeat(100_000)}`, demonstrations: [{ labeler: "late", text: "x" }] },
      ]);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString() === before).toBe(true);
      expect((await receiveFile(server, slug)).text === before).toBe(false);
    }, 60_000);

    test("goes on from any place as if all before it had been made, and makes little of that", async () => {
      const seed = randomBytes(4).readUInt32LE();
      console.info(`offsets of seed ${seed}`);
      const random = new Random(seed);
      for (const more of ["", "&ending=true"]) {
        let whole = "";
        const all = await statements(async () => {
          whole = (await receiveFile(server, slug, { query: `?revision=3${more}` })).text;
        });
        for (let round = 0; round < 6; round++) {
          const offset = Math.floor(whole.length * (0.5 + random.next() / 2));
          const some = await statements(async () => {
            const rest = (await receiveFile(server, slug, { query: `?revision=3${more}&offset=${offset}` })).text;
            expect(rest === whole.slice(offset)).toBe(true);
          });
          expect(some).toBeLessThan(all * 0.75);
        }
      }
    }, 60_000);

    test("HEAD says what a GET would, and reads no prompt", async () => {
      const count = await statements(async () => {
        const { status, headers, body } = await rawAnswer(server, `/export/${slug}`, { method: "HEAD" });
        expect([status, body.length]).toEqual([200, 0]);
        expect(headers["content-type"]).toBe("application/x-ndjson; charset=utf-8");
      });
      expect(count).toBeLessThan(5);
    });

    test("breaks off when the dataset is deleted meanwhile: half of it would look like all", async () => {
      const response = await stalled();
      await server.data("mutation ($id: ID!, $slug: String!) { deleteDataset(id: $id, slug: $slug) }", {
        id: await idOf(slug),
        slug,
      });
      await expect(
        (async () => {
          for await (const _ of response);
        })(),
      ).rejects.toMatchObject({ code: "ECONNRESET" });
    }, 60_000);
  });
});
