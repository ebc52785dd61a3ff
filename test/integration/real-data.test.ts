import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { receiveFile, sendFile } from "../support/files.js";
import { hasRealData } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

/** The real data lie beside the project where somebody has put them; they are never part of it. */
const packed = (name: string): Buffer =>
  readFileSync(new URL(`../../../shared/data/${name}.jsonl.gz`, import.meta.url));
const gzip = { "content-encoding": "gzip" };

/** Real data: what their authors say they hold, and what the files hold when counted by hand (zcat, wc, jq). */
const SETS = [
  { name: "squality", prompts: 100, demonstrations: 400, completions: 300, rankings: 300, ties: 0, test: 0 },
  { name: "self-instruct", prompts: 427, demonstrations: 427, completions: 0, rankings: 0, ties: 0, test: 252 },
  { name: "ukp-convarg", prompts: 32, demonstrations: 0, completions: 1052, rankings: 84_445, ties: 19_105, test: 0 },
] as const;

if (!hasRealData()) process.stdout.write("real-data.test.ts: no real data beside the project; skipped.\n");

(hasRealData() ? describe : describe.skip)("real data", () => {
  let first: TestServer;
  let second: TestServer;
  beforeAll(async () => {
    [first, second] = await Promise.all([startTestServer(), startTestServer()]);
  });
  afterAll(async () => {
    await first.close();
    await second.close();
  });

  describe.each(SETS)("$name", (set) => {
    let exported: string;

    test("is taken whole, and a second time nothing of it", async () => {
      const body = packed(set.name);
      const whole = {
        status: 200,
        rejected: 0,
        lines: gunzipSync(body).toString().match(/.+/g)?.length,
        errors: [],
        losses: [],
      };
      const answer = await sendFile(first, set.name, body, { headers: gzip });
      expect(answer).toEqual({ ...whole, accepted: set.prompts, duplicates: 0 });
      const again = await sendFile(first, set.name, body, { headers: gzip });
      expect(again).toEqual({ ...whole, accepted: 0, duplicates: set.prompts });
    }, 240_000);

    test("is counted as its authors say", async () => {
      const [counts] = await first.database.select(
        `with d as (select id from dataset where slug = $1)
        select (select count(*)::integer from prompt p, d where p.dataset_id = d.id) as prompts,
          (select count(*)::integer from demonstration c, d where c.dataset_id = d.id) as demonstrations,
          (select count(*)::integer from completion c, d where c.dataset_id = d.id) as completions,
          (select count(*)::integer from ranking c, d where c.dataset_id = d.id) as rankings,
          (select count(*)::integer from ranking c, d where c.dataset_id = d.id
            and cardinality(c.tiers) > c.tiers[cardinality(c.tiers)]) as ties,
          (select coalesce(sum(ranking_count), 0)::integer from prompt p, d where p.dataset_id = d.id) as counted,
          (select count(*)::integer from prompt_state s join split_assignment a using (split_group_id), d
            where s.dataset_id = d.id and a.split = 'TEST') as test`,
        [set.name],
      );
      const { name: _, ...expected } = set;
      expect(counts).toEqual({ ...expected, counted: set.rankings });
    });

    if (set.name === "ukp-convarg") {
      test("3,815 people judged", async () => {
        const [row] = await first.database.select(
          `select count(distinct r.labeler_id)::integer as judges, count(distinct m.labeler_id)::integer as members
           from dataset d join ranking r on r.dataset_id = d.id join dataset_labeler m on m.dataset_id = d.id and m.labeler_id = r.labeler_id
           where d.slug = $1`,
          [set.name],
        );
        expect(row).toEqual({ judges: 3815, members: 3815 });
      });
    }

    test("comes out as it went in", async () => {
      exported = (await receiveFile(first, set.name)).text;
      const source = gunzipSync(packed(set.name)).toString().trimEnd().split("\n");
      const records = exported
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Json);
      const prompts = records.filter((record) => "text" in record);
      expect(prompts).toHaveLength(source.length);
      for (const [i, line] of source.entries()) {
        // Compared as texts: where they differ, a difference of half a megabyte helps nobody.
        const [given, told] = [JSON.parse(line) as Json, prompts[i] as Json].map((record) =>
          JSON.stringify(meaning(record)),
        );
        if (given !== told) throw new Error(`Line ${i + 1} of ${set.name} means something else when it comes back.`);
      }
      const others = records.filter((record) => !("text" in record));
      expect(others.every((record) => "labeler" in record)).toBe(true);
    }, 60_000);

    test("goes into a second database and comes out the same byte for byte", async () => {
      const answer = await sendFile(second, set.name, exported);
      expect(answer).toMatchObject({ status: 200, accepted: set.prompts, rejected: 0, duplicates: 0, losses: [] });
      expect((await receiveFile(second, set.name)).text === exported).toBe(true);
      // Back where it came from, it says nothing new.
      const back = await sendFile(first, set.name, exported);
      expect(back).toMatchObject({ status: 200, accepted: 0, rejected: 0, duplicates: set.prompts });
    }, 240_000);
  });
});

type Json = Record<string, unknown>;

/** What a record says: absent, null and empty are one, tiers are sets, and fields have no order. */
function meaning(value: unknown, field = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => meaning(item));
    return field === "tiers" ? value.map((tier) => [...(tier as string[])].sort()) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && !(typeof item === "object" && Object.keys(item as object).length === 0))
      .map(([name, item]) => [name, meaning(item, name)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
