import { assessmentIdentity, demonstrationIdentity } from "../../src/datasets/formats/identity.js";
import { globalId } from "../../src/services/input/global-id.js";
import { updateLabeler } from "../../src/services/writes/labelers.js";
import { publishInstructions } from "../../src/services/writes/publish-instructions.js";
import { type SubmittedAssessments, submitAssessments } from "../../src/services/writes/submit-assessments.js";
import { submitDemonstration } from "../../src/services/writes/submit-demonstration.js";
import { submitRanking } from "../../src/services/writes/submit-ranking.js";
import {
  absent,
  newCompletions,
  newDataset,
  newLabeler,
  newPrompts,
  numberOf,
  startWriting,
  type Writing,
} from "../support/writing.js";

let writing: Writing;
let datasetId: string;
let promptId: string;
let labelerId: string;
let completions: string[];

beforeAll(async () => {
  writing = await startWriting();
});
afterAll(() => writing.close());
beforeEach(async () => {
  datasetId = await newDataset(writing);
  [promptId] = (await newPrompts(writing, datasetId, [{}])) as [string];
  labelerId = await newLabeler(writing);
  completions = await newCompletions(writing, datasetId, promptId, 3);
});

const demonstrate = (given: object = {}) =>
  submitDemonstration(writing.admin, { promptId, labelerId, text: "So.", ...given });
const assess = (given: Partial<SubmittedAssessments> = {}) =>
  submitAssessments(writing.admin, {
    labelerId,
    assessments: [{ completionId: completions[0]!, overall: 4, labels: [] }],
    ...given,
  });
const publish = (given: object = {}) =>
  publishInstructions(writing.admin, {
    datasetId,
    purpose: "TRAINING_DATA",
    text: "Be kind.",
    criteriaOrder: [],
    ...given,
  });
const rows = (text: string, id = promptId) => writing.database.select<Record<string, unknown>>(text, [numberOf(id)]);
const handle = async () => (await rows("select handle from labeler where id = $1", labelerId))[0]?.handle as string;

describe("submitDemonstration", () => {
  test("stores each behind the earlier ones, empty ones too, under an identity that an export gives again", async () => {
    await demonstrate();
    await demonstrate({ text: "" });
    const stored = await rows(
      "select position, text, identity, created_at, created_at_given from demonstration where prompt_id = $1 order by position",
    );
    expect(stored.map(({ position, text }) => [position, text])).toEqual([
      [0, "So."],
      [1, ""],
    ]);
    const [first] = stored;
    expect(first?.created_at_given).toBe(true);
    const record = { labeler: await handle(), text: "So.", createdAt: first?.created_at as Date, instructions: null };
    expect(first?.identity).toBe(demonstrationIdentity(record));
  });

  test("refuses an unknown prompt, nobody's work, and a text that cannot be stored", async () => {
    await expect(demonstrate({ promptId: absent("Prompt") })).rejects.toMatchObject({
      code: "NOT_FOUND",
      field: "input.promptId",
    });
    await expect(demonstrate({ labelerId: undefined })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.labelerId",
    });
    await expect(demonstrate({ labelerId: promptId })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.labelerId",
    });
    await expect(demonstrate({ text: "\udfff" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.text",
    });
    await expect(demonstrate({ text: "x".repeat(1_000_001) })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.text",
    });
  });
});

describe("submitAssessments", () => {
  test("stores each behind the prompt's earlier ones, and said again it is another, later one", async () => {
    const [a, b] = completions as [string, string];
    const [other] = (await newPrompts(writing, datasetId, [{}])) as [string];
    const [c] = (await newCompletions(writing, datasetId, other, 1)) as [string];
    await assess();
    const { ids } = await assess({
      assessments: [
        { completionId: b, overall: 1, labels: [] },
        { completionId: c, labels: [{ label: "EXPRESSES_OPINION", value: false }] },
        { completionId: a, labels: [], toxicity: { continuity: 7, relative: 1 } },
      ],
    });
    const stored = await writing.database.select<Record<string, unknown>>(
      "select id, prompt_id, completion_id, position, overall, labels, continuity, toxicity_relative as relative, ranking_id from assessment where labeler_id = $1 order by id",
      [numberOf(labelerId)],
    );
    expect(stored.map((row) => row.id)).toEqual([expect.any(String), ...ids]);
    expect(
      stored.map((row) => [row.prompt_id, row.completion_id, row.position, row.overall, row.continuity, row.relative]),
    ).toEqual(
      [
        [promptId, a, 0, 4, null, null],
        [promptId, b, 1, 1, null, null],
        [other, c, 0, null, null, null],
        [promptId, a, 2, null, 7, 1],
      ].map(([prompt, completion, ...rest]) => [numberOf(prompt as string), numberOf(completion as string), ...rest]),
    );
  });

  test("has the identity that an export gives again: the labels in the vocabulary's order", async () => {
    await assess({
      assessments: [
        {
          completionId: completions[1]!,
          labels: [
            { label: "HARMFUL_ADVICE", value: null },
            { label: "FAILS_INSTRUCTION", value: true },
          ],
          toxicity: { output: 2 },
        },
      ],
    });
    const [row] = await rows("select identity, created_at from assessment where prompt_id = $1");
    const record = {
      labeler: await handle(),
      completion: "B",
      overall: null,
      labels: { FAILS_INSTRUCTION: true, HARMFUL_ADVICE: null },
      toxicity: { input: null, output: 2, relative: null, continuity: null },
      createdAt: row?.created_at as Date,
      instructions: null,
    };
    expect(row?.identity).toBe(assessmentIdentity(record));
  });

  test("refuses none, a completion twice or unknown, 0 and 8, and completions of two datasets; all or nothing", async () => {
    const one = (given: object) => ({ completionId: completions[0]!, labels: [], overall: 5, ...given });
    const refused = async (assessments: object[], expected: object) =>
      expect(assess({ assessments: assessments as never })).rejects.toMatchObject(expected);
    await refused([], { code: "BAD_USER_INPUT", field: "input.assessments" });
    await refused([one({}), one({ overall: 3 })], { code: "BAD_USER_INPUT", field: "input.assessments" });
    await refused([one({}), one({ completionId: absent("Completion") })], {
      code: "NOT_FOUND",
      field: "input.assessments.1.completionId",
    });
    await refused([one({ overall: 0 })], { code: "BAD_USER_INPUT", field: "input.assessments.0.overall" });
    await refused([one({}), one({ completionId: completions[1], overall: 8 })], {
      code: "BAD_USER_INPUT",
      field: "input.assessments.1.overall",
    });
    await refused([one({ overall: null })], { code: "BAD_USER_INPUT", field: "input.assessments.0" });
    const elsewhere = await newDataset(writing);
    const [prompt] = (await newPrompts(writing, elsewhere, [{}])) as [string];
    const [stranger] = await newCompletions(writing, elsewhere, prompt, 1);
    await refused([one({}), one({ completionId: stranger })], { code: "BAD_USER_INPUT", field: "input.assessments" });
    expect(await rows("select id from assessment where prompt_id = $1")).toEqual([]);
  });
});

describe("a labeler's work", () => {
  const members = () =>
    rows(
      "select labeler_id, pool, added_in, removed_in from dataset_labeler where dataset_id = $1 order by id",
      datasetId,
    );

  test("makes the labeler a member once, in the pool it has then", async () => {
    await updateLabeler(writing.admin, { id: labelerId, pool: "HELD_OUT" });
    const { revision } = await demonstrate();
    await demonstrate();
    await assess();
    expect(await members()).toEqual([
      { labeler_id: numberOf(labelerId), pool: "HELD_OUT", added_in: revision, removed_in: null },
    ]);
  });

  test("is under the latest instructions for training data that are valid by now, or those named", async () => {
    const early = await publish();
    const current = await publish({ text: "Be kinder." });
    await publish({ validFrom: new Date(Date.now() + 3_600_000) });
    await publish({ purpose: "TOXICITY" });
    const instructionVersionId = globalId("InstructionVersion", early);
    await demonstrate();
    await demonstrate({ instructionVersionId });
    const { ids } = await submitRanking(writing.admin, {
      promptId,
      labelerId,
      tiers: completions.map((id) => [id]),
      assessments: [{ completionId: completions[0]!, overall: 1, labels: [] }],
    });
    expect(
      await rows("select instruction_version_id as id from demonstration where prompt_id = $1 order by position"),
    ).toEqual([{ id: current }, { id: early }]);
    expect(await rows("select instruction_version_id as id from assessment where prompt_id = $1")).toEqual([
      { id: current },
    ]);
    expect(ids).toHaveLength(1);
    const elsewhere = await publishInstructions(writing.admin, {
      datasetId: await newDataset(writing),
      purpose: "TRAINING_DATA",
      text: "x",
      criteriaOrder: [],
    });
    await expect(
      demonstrate({ instructionVersionId: globalId("InstructionVersion", elsewhere) }),
    ).rejects.toMatchObject({ code: "NOT_FOUND", field: "input.instructionVersionId" });
  });

  test.each(["SUSPENDED", "RETIRED"] as const)("is not taken of a %s labeler", async (status) => {
    await updateLabeler(writing.admin, { id: labelerId, status });
    const refusal = {
      code: "UNPROCESSABLE",
      field: "input.labelerId",
      message: expect.stringContaining(`is ${status}; only an ACTIVE`),
    };
    await expect(demonstrate()).rejects.toMatchObject(refusal);
    await expect(assess()).rejects.toMatchObject(refusal);
    await expect(
      submitRanking(writing.admin, { promptId, labelerId, tiers: completions.map((id) => [id]), assessments: [] }),
    ).rejects.toMatchObject(refusal);
    expect(await members()).toEqual([]);
    await updateLabeler(writing.admin, { id: labelerId, status: "ACTIVE" });
    await demonstrate();
  });
});
