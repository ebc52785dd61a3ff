import { LATEST_REVISION } from "../../../src/entities/database/database.js";
import { importRecords } from "../../../src/services/import/import-records.js";
import { globalId } from "../../../src/services/input/global-id.js";
import { type SubmittedRanking, submitRanking } from "../../../src/services/writes/submit-ranking.js";
import {
  absent,
  newCompletions,
  newDataset,
  newLabeler,
  newPrompts,
  numberOf,
  startWriting,
  type Writing,
} from "../../support/writing.js";

let writing: Writing;
let datasetId: string;
let promptId: string;
let labelerId: string;
/** A, B, C and D. */
let completions: string[];

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(async () => {
  datasetId = await newDataset(writing);
  [promptId] = (await newPrompts(writing, datasetId, [{}])) as [string];
  labelerId = await newLabeler(writing);
  completions = await newCompletions(writing, datasetId, promptId, 4);
});

const id = (letter: string): string => completions[letter.charCodeAt(0) - 65]!;
/** "AB>C": tiers of ids. */
const tiers = (notation: string): string[][] => notation.split(">").map((tier) => [...tier].map(id));

const submit = (given: Partial<SubmittedRanking> & Pick<SubmittedRanking, "tiers">) =>
  submitRanking(writing.admin, { promptId, labelerId, assessments: [], ...given });

const rankings = () =>
  writing.database.select<Record<string, unknown>>(
    `select completions, tiers, display_order, strict_pairs, duration_ms, note, supersedes_id, position, added_in, removed_in
     from ranking where prompt_id = $1 order by position`,
    [numberOf(promptId)],
  );
const revision = async () =>
  (
    await writing.database.select<{ revision: number }>("select revision from dataset where id = $1", [
      numberOf(datasetId),
    ])
  )[0]?.revision;
const count = async () =>
  (
    await writing.database.select<{ n: number }>("select ranking_count as n from prompt where id = $1", [
      numberOf(promptId),
    ])
  )[0]?.n;

describe("submitRanking", () => {
  test("stores one canonical form: positions ascending in a tier, dense tiers, the strict pairs counted", async () => {
    const { ids } = await submit({
      tiers: tiers("C>DA>B"),
      displayOrder: [..."BDCA"].map(id),
      durationMs: 41_000,
      note: "close",
    });
    expect(ids).toHaveLength(1);
    // C first; A and D tie; then B: 1·2 + 1·1 + 2·1 = 5 strict pairs.
    expect(await rankings()).toEqual([
      {
        completions: [2, 0, 3, 1],
        tiers: [1, 2, 2, 3],
        display_order: [1, 3, 2, 0],
        strict_pairs: 5,
        duration_ms: 41_000,
        note: "close",
        supersedes_id: null,
        position: 0,
        added_in: await revision(),
        removed_in: null,
      },
    ]);
    expect(await count()).toBe(1);
  });

  test("takes any subset, each once, from every labeler", async () => {
    await submit({ tiers: tiers("A>B") });
    await submit({ tiers: tiers("A>C") });
    await submit({ tiers: tiers("AB>C") });
    await submit({ tiers: tiers("A>B"), labelerId: await newLabeler(writing) });
    expect(await count()).toBe(4);
    await expect(submit({ tiers: tiers("B>A") })).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(submit({ tiers: tiers("C>BA") })).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await count()).toBe(4);
  });

  test("stores its assessments with it, in their order", async () => {
    await submit({
      tiers: tiers("A>B"),
      assessments: [
        { completionId: id("D"), overall: 7, labels: [] },
        {
          completionId: id("A"),
          overall: null,
          labels: [
            { label: "HALLUCINATION", value: null },
            { label: "FAILS_INSTRUCTION", value: true },
          ],
          toxicity: { output: 0, relative: -1 },
        },
      ],
    });
    const stored = await writing.database.select(
      `select completion_id, position, overall, labels, toxicity_input as input, toxicity_output as output,
         toxicity_relative as relative, continuity, ranking_id is not null as nested
       from assessment where prompt_id = $1 order by position`,
      [numberOf(promptId)],
    );
    const nothing = { input: null, output: null, relative: null, continuity: null };
    expect(stored).toEqual([
      { completion_id: numberOf(id("D")), position: 0, overall: 7, labels: {}, ...nothing, nested: true },
      {
        completion_id: numberOf(id("A")),
        position: 1,
        overall: null,
        labels: { HALLUCINATION: null, FAILS_INSTRUCTION: true },
        ...nothing,
        output: 0,
        relative: -1,
        nested: true,
      },
    ]);
  });

  test("supersedes: the old one with its assessments goes out of force, and stays as of earlier revisions", async () => {
    const first = await submit({
      tiers: tiers("A>B"),
      assessments: [{ completionId: id("A"), overall: 3, labels: [] }],
    });
    const before = await revision();
    const firstId = globalId("Ranking", first.ids[0]!);
    const second = await submit({ tiers: tiers("B>A"), supersedesId: firstId });
    const [old, fresh] = await rankings();
    expect(old).toMatchObject({ removed_in: second.revision, added_in: before });
    expect(fresh).toMatchObject({ removed_in: null, supersedes_id: first.ids[0], position: 1 });
    expect(await count()).toBe(1);
    const ended = await writing.database.select("select removed_in from assessment where ranking_id = $1", [
      first.ids[0],
    ]);
    expect(ended).toEqual([{ removed_in: second.revision }]);
    const inForce = (asOf: number) =>
      writing.database.select(
        `select id from ranking where prompt_id = $1 and added_in <= $2 and (removed_in is null or removed_in > $2)`,
        [numberOf(promptId), asOf],
      );
    expect(await inForce(before as number)).toEqual([{ id: first.ids[0] }]);
    expect(await inForce(LATEST_REVISION)).toEqual([{ id: second.ids[0] }]);
    // A chain: the second may be superseded in turn, the first not again.
    await expect(submit({ tiers: tiers("AB"), supersedesId: firstId })).rejects.toMatchObject({ code: "CONFLICT" });
    const secondId = globalId("Ranking", second.ids[0]!);
    await submit({ tiers: tiers("AB"), supersedesId: secondId });
    expect(await count()).toBe(1);
  });

  test("supersedes one of an import's repeats once, and then names the ranking in force", async () => {
    const handle = `repeats-${numberOf(promptId)}`;
    const rankings = [
      [["A"], ["B"]],
      [["B"], ["A"]],
    ].map((tiers) => ({ labeler: handle, tiers }));
    const keyed = ["A", "B"].map((key) => ({ key, text: key }));
    const records = [{ text: "Ranked twice.", completions: keyed, rankings }];
    await importRecords(writing.admin, { datasetId, format: "native", records });
    const stored = await writing.database.select<Record<"id" | "promptId" | "labelerId", string>>(
      `select r.id, r.prompt_id as "promptId", r.labeler_id as "labelerId" from ranking r
       join labeler l on l.id = r.labeler_id where l.handle = $1 order by r.position`,
      [handle],
    );
    const [first, second] = stored.map((row) => globalId("Ranking", row.id));
    const imported = stored[0] as (typeof stored)[number];
    const ids = await writing.database.select<{ id: string }>(
      "select id from completion where prompt_id = $1 order by position",
      [imported.promptId],
    );
    const again = {
      promptId: globalId("Prompt", imported.promptId),
      labelerId: globalId("Labeler", imported.labelerId),
      tiers: [ids.map((row) => globalId("Completion", row.id))],
    };
    const submitted = await submit({ ...again, supersedesId: first as string });
    const inForce = globalId("Ranking", submitted.ids[0]!);
    await expect(submit({ ...again, supersedesId: second as string })).rejects.toMatchObject({
      code: "CONFLICT",
      message: `The labeler "${handle}" has submitted a ranking of this set of completions since (${inForce}); to correct it, give its id as supersedesId.`,
    });
    await submit({ ...again, supersedesId: inForce });
  });

  test("refuses to supersede what is of another set, labeler or prompt, or is not there", async () => {
    const firstId = globalId("Ranking", (await submit({ tiers: tiers("A>B") })).ids[0]!);
    const field = "input.supersedesId";
    const other = await newLabeler(writing);
    await expect(submit({ tiers: tiers("A>C"), supersedesId: firstId })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field,
      message: expect.stringMatching(/another set/),
    });
    await expect(submit({ tiers: tiers("B>A"), supersedesId: firstId, labelerId: other })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field,
      message: expect.stringMatching(/another labeler/),
    });
    await expect(submit({ tiers: tiers("B>A"), supersedesId: absent("Ranking") })).rejects.toMatchObject({
      code: "NOT_FOUND",
      field,
    });
    await expect(submit({ tiers: tiers("B>A"), supersedesId: promptId })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field,
    });
    const [elsewhere] = (await newPrompts(writing, datasetId, [{}])) as [string];
    const others = await newCompletions(writing, datasetId, elsewhere, 2);
    await expect(
      submit({ promptId: elsewhere, tiers: others.map((one) => [one]), supersedesId: firstId }),
    ).rejects.toMatchObject({ code: "BAD_USER_INPUT", field, message: expect.stringMatching(/another prompt/) });
  });

  test("lets one of twenty concurrent rankings of one set win; the others are told CONFLICT", async () => {
    const orders = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? "A>B>C" : "C>AB"));
    const results = await Promise.allSettled(orders.map((order) => submit({ tiers: tiers(order) })));
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(refused).toHaveLength(19);
    for (const reason of refused) expect(reason).toMatchObject({ code: "CONFLICT" });
    expect(await rankings()).toHaveLength(1);
    expect(await count()).toBe(1);
  });

  test("lets one of twenty concurrent corrections of one ranking win", async () => {
    const firstId = globalId("Ranking", (await submit({ tiers: tiers("A>B") })).ids[0]!);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => submit({ tiers: tiers("B>A"), supersedesId: firstId })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await rankings()).toHaveLength(2);
    expect(await count()).toBe(1);
  });

  describe("refuses and stores nothing", () => {
    const cases: [string, () => Partial<SubmittedRanking>, { code: string; field: string; message?: RegExp }][] = [
      ["no tiers", () => ({ tiers: [] }), { code: "BAD_USER_INPUT", field: "input.tiers", message: /at least two/ }],
      [
        "one completion",
        () => ({ tiers: tiers("A") }),
        { code: "BAD_USER_INPUT", field: "input.tiers", message: /at least two/ },
      ],
      [
        "an empty tier",
        () => ({ tiers: [[id("A")], [], [id("B")]] }),
        { code: "BAD_USER_INPUT", field: "input.tiers", message: /tiers\.1 is empty/ },
      ],
      [
        "a completion twice in a tier",
        () => ({ tiers: [[id("A"), id("A")], [id("B")]] }),
        { code: "BAD_USER_INPUT", field: "input.tiers", message: /twice/ },
      ],
      [
        "a completion in two tiers",
        () => ({ tiers: tiers("A>B>A") }),
        { code: "BAD_USER_INPUT", field: "input.tiers", message: /twice/ },
      ],
      [
        "an unknown completion",
        () => ({ tiers: [[id("A")], [absent("Completion")]] }),
        { code: "BAD_USER_INPUT", field: "input.tiers.1.0", message: /no completion of this prompt/ },
      ],
      [
        "an id of another type",
        () => ({ tiers: [[id("A")], [promptId]] }),
        { code: "BAD_USER_INPUT", field: "input.tiers.1.0", message: /id of a Prompt/ },
      ],
      [
        "what is no id",
        () => ({ tiers: [[id("A")], ["B"]] }),
        { code: "BAD_USER_INPUT", field: "input.tiers.1.0", message: /no id/ },
      ],
      ["an unknown prompt", () => ({ promptId: absent("Prompt") }), { code: "NOT_FOUND", field: "input.promptId" }],
      [
        "nobody's work",
        () => ({ labelerId: null }),
        { code: "BAD_USER_INPUT", field: "input.labelerId", message: /missing/ },
      ],
      ["an unknown labeler", () => ({ labelerId: absent("Labeler") }), { code: "NOT_FOUND", field: "input.labelerId" }],
      [
        "unknown instructions",
        () => ({ instructionVersionId: absent("InstructionVersion") }),
        { code: "NOT_FOUND", field: "input.instructionVersionId" },
      ],
      [
        "a display order that lacks one",
        () => ({ displayOrder: [id("A"), id("C")] }),
        { code: "BAD_USER_INPUT", field: "input.displayOrder", message: /lacks/ },
      ],
      [
        "a display order with one twice",
        () => ({ displayOrder: [..."ABA"].map(id) }),
        { code: "BAD_USER_INPUT", field: "input.displayOrder", message: /twice/ },
      ],
      [
        "a display order with a stranger",
        () => ({ displayOrder: [id("A"), id("B"), absent("Completion")] }),
        { code: "BAD_USER_INPUT", field: "input.displayOrder.2" },
      ],
      [
        "an assessment of 0",
        () => ({ assessments: [{ completionId: id("A"), overall: 0, labels: [] }] }),
        {
          code: "BAD_USER_INPUT",
          field: "input.assessments.0.overall",
          message: /is 0; it must be a whole number from 1 to 7/,
        },
      ],
      [
        "an assessment of 8",
        () => ({ assessments: [{ completionId: id("A"), overall: 8, labels: [] }] }),
        { code: "BAD_USER_INPUT", field: "input.assessments.0.overall" },
      ],
      [
        "a toxicity of 3",
        () => ({ assessments: [{ completionId: id("A"), labels: [], toxicity: { input: 3 } }] }),
        { code: "BAD_USER_INPUT", field: "input.assessments.0.toxicity.input" },
      ],
      [
        "a relative toxicity of −2",
        () => ({ assessments: [{ completionId: id("A"), labels: [], toxicity: { relative: -2 } }] }),
        { code: "BAD_USER_INPUT", field: "input.assessments.0.toxicity.relative" },
      ],
      [
        "a continuity of 0",
        () => ({ assessments: [{ completionId: id("A"), labels: [], toxicity: { continuity: 0 } }] }),
        { code: "BAD_USER_INPUT", field: "input.assessments.0.toxicity.continuity" },
      ],
      [
        "a label twice",
        () => ({
          assessments: [
            { completionId: id("A"), labels: [{ label: "HALLUCINATION", value: true }, { label: "HALLUCINATION" }] },
          ],
        }),
        { code: "BAD_USER_INPUT", field: "input.assessments.0.labels", message: /twice/ },
      ],
      [
        "an assessment that says nothing",
        () => ({ assessments: [{ completionId: id("A"), labels: [], toxicity: {} }] }),
        { code: "BAD_USER_INPUT", field: "input.assessments.0", message: /says nothing/ },
      ],
      [
        "a completion assessed twice",
        () => ({
          assessments: [
            { completionId: id("A"), overall: 1, labels: [] },
            { completionId: id("A"), overall: 2, labels: [] },
          ],
        }),
        { code: "BAD_USER_INPUT", field: "input.assessments", message: /twice/ },
      ],
      [
        "an assessment of a stranger",
        () => ({ assessments: [{ completionId: absent("Completion"), overall: 1, labels: [] }] }),
        { code: "BAD_USER_INPUT", field: "input.assessments.0.completionId" },
      ],
      ["a negative duration", () => ({ durationMs: -1 }), { code: "BAD_USER_INPUT", field: "input.durationMs" }],
      [
        "a note with U+0000",
        () => ({ note: "a\0" }),
        { code: "BAD_USER_INPUT", field: "input.note", message: /U\+0000/ },
      ],
      [
        "half a surrogate pair",
        () => ({ note: "\ud83d" }),
        { code: "BAD_USER_INPUT", field: "input.note", message: /surrogate/ },
      ],
    ];
    test.each(cases)("%s", async (_, given, expected) => {
      const before = await revision();
      const { message, ...rest } = expected;
      const refused = submit({ tiers: tiers("A>B"), ...given() });
      await expect(refused).rejects.toMatchObject({
        ...rest,
        ...(message ? { message: expect.stringMatching(message) } : {}),
      });
      expect(await rankings()).toEqual([]);
      expect(await revision()).toBe(before);
    });

    test("a completion of another prompt, by its id", async () => {
      const [other] = (await newPrompts(writing, datasetId, [{}])) as [string];
      const [stranger] = (await newCompletions(writing, datasetId, other, 2)) as [string];
      await expect(submit({ tiers: [[id("A")], [stranger]] })).rejects.toMatchObject({
        code: "BAD_USER_INPUT",
        field: "input.tiers.1.0",
        message: `input.tiers.1.0 names "${stranger}", which is no completion of this prompt.`,
      });
    });
  });
});
