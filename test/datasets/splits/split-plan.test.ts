import { type PlannedPrompt, planSplits, type SplitPlanInput } from "../../../src/datasets/splits/split-plan.js";
import { foldText } from "../../../src/datasets/text/folding.js";
import type { Split } from "../../../src/vocabulary.js";

let next = 0;
const prompt = (given: Partial<PlannedPrompt> & { text?: string } = {}): PlannedPrompt => {
  const { text = `text ${next}`, ...rest } = given;
  const id = String(++next);
  return {
    id,
    identity: `i${id.padStart(9, "0")}`,
    author: null,
    groupId: `9${id}`,
    split: null,
    folded: foldText(text),
    ...rest,
  };
};

const plan = (prompts: PlannedPrompt[], rest: Partial<SplitPlanInput> = {}) =>
  planSplits({
    prompts,
    fractions: { train: 0.8, validation: 0.1, test: 0.1 },
    seed: 0,
    groupBy: "AUTHOR",
    onlyUnassigned: true,
    ...rest,
  });

const membersOf = (prompts: PlannedPrompt[], rest: Partial<SplitPlanInput> = {}) =>
  plan(prompts, rest)
    .groups.map(({ members }) => members.map((index) => prompts[index]?.id))
    .sort();

describe("planSplits", () => {
  beforeEach(() => {
    next = 0;
  });

  test("joins an author's prompts, and authors by equal texts whatever their case, white space and Unicode form", () => {
    const prompts = [
      prompt({ author: "a", text: "One" }),
      prompt({ author: "a", text: "Straße  in\u00a0Köln" }),
      prompt({ author: "b", text: "STRASSE IN KO\u0308LN " }),
      prompt({ author: "c", text: "Two" }),
    ];
    expect(membersOf(prompts)).toEqual([["1", "2", "3"], ["4"]]);
  });

  test("joins by text alone under PROMPT", () => {
    const prompts = [prompt({ author: "a" }), prompt({ author: "a", text: "x" }), prompt({ author: "b", text: "X" })];
    expect(membersOf(prompts, { groupBy: "PROMPT" })).toEqual([["1"], ["2", "3"]]);
  });

  test("lets what has a split keep it, and the rest of its component join it", () => {
    const prompts = [
      prompt({ author: "a", groupId: "7", split: "TEST" }),
      prompt({ author: "a", groupId: "7", split: "TEST", text: "same" }),
      prompt({ author: "b", text: "SAME" }),
      prompt({ author: "b" }),
    ];
    expect(plan(prompts)).toEqual({
      groups: [{ groupId: "7", split: "TEST", before: "TEST", members: [0, 1, 2, 3] }],
      crossings: [],
    });
  });

  test("counts what is kept towards the shares: with 8 in TRAIN already, the next two go elsewhere", () => {
    const kept = Array.from({ length: 8 }, () => prompt({ split: "TRAIN" as Split }));
    const { groups } = plan([...kept, prompt(), prompt()]);
    // N = 10, shares 8/1/1: TRAIN has its 8, so one goes to VALIDATION and one to TEST.
    expect(
      groups
        .slice(8)
        .map(({ split }) => split)
        .sort(),
    ).toEqual(["TEST", "VALIDATION"]);
  });

  test("leaves a component alone that crosses already, and says so where others would be drawn in", () => {
    const crossing = [prompt({ text: "x", split: "TRAIN" }), prompt({ text: "x", split: "TEST" })];
    expect(plan(crossing)).toEqual({ groups: [], crossings: [] });
    const { crossings } = plan([...crossing, prompt({ text: "X" })]);
    expect(crossings).toEqual([
      {
        splits: new Map([
          ["TRAIN", 0],
          ["TEST", 1],
        ]),
        unassigned: 1,
      },
    ]);
    const { groups } = plan([...crossing, prompt({ text: "X" })], { onlyUnassigned: false });
    expect(groups).toHaveLength(1);
    expect(groups[0]?.members).toEqual([0, 1, 2]);
  });

  test("takes an author's group apart under PROMPT: no two components continue one group", () => {
    const prompts = [
      prompt({ author: "a", groupId: "7" }),
      prompt({ author: "a", groupId: "7" }),
      prompt({ groupId: "8" }),
    ];
    const { groups } = plan(prompts, { groupBy: "PROMPT", onlyUnassigned: false });
    expect(groups.map(({ groupId }) => groupId)).toEqual([null, null, "8"]);
  });

  test("gives the same splits whatever the order and the numbers in the database", () => {
    const prompts = Array.from({ length: 300 }, (_, index) => prompt({ author: `a${index % 90}` }));
    const shuffled = prompts
      .map((one, index) => ({ ...one, id: String(5000 - index), groupId: String(index) }))
      .reverse();
    const splitsOf = (all: PlannedPrompt[]) => {
      const splits = new Map<string, Split>();
      for (const { split, members } of plan(all).groups)
        for (const index of members) splits.set(all[index]?.identity as string, split);
      return splits;
    };
    const first = splitsOf(prompts);
    expect(new Map([...splitsOf(shuffled)].sort())).toEqual(new Map([...first].sort()));
    expect(new Set(first.values()).size).toBe(3);
    const other = plan(prompts, { seed: 1 }).groups.flatMap(({ split, members }) => members.map(() => split));
    expect(other).not.toEqual(plan(prompts).groups.flatMap(({ split, members }) => members.map(() => split)));
  });

  test("never lets a component cross, on random data (naive twin: pairwise closure)", () => {
    const seed = Math.floor(Math.random() * 1e9);
    let state = seed;
    const random = (n: number) => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return state % n;
    };
    const prompts = Array.from({ length: 120 }, () => {
      const author = random(3) === 0 ? null : `a${random(40)}`;
      return prompt({ author, text: `t${random(80)}`, groupId: author ?? String(10_000 + next) });
    });
    const { groups } = plan(prompts);
    const groupOf = new Map(groups.flatMap(({ members }, index) => members.map((member) => [member, index] as const)));
    expect(groupOf.size).toBe(prompts.length);
    const linked = (a: number, b: number) => {
      const [x, y] = [prompts[a] as PlannedPrompt, prompts[b] as PlannedPrompt];
      return x.folded === y.folded || (x.author !== null && x.author === y.author);
    };
    const naive = prompts.map((_, index) => index);
    for (let changed = true; changed; ) {
      changed = false;
      for (let a = 0; a < prompts.length; a++)
        for (let b = 0; b < prompts.length; b++)
          if (linked(a, b) && naive[a] !== naive[b]) {
            naive[a] = naive[b] = Math.min(naive[a]!, naive[b]!);
            changed = true;
          }
    }
    for (let a = 0; a < prompts.length; a++)
      for (let b = 0; b < a; b++)
        if ((naive[a] === naive[b]) !== (groupOf.get(a) === groupOf.get(b)))
          throw new Error(`seed ${seed}: ${a}, ${b}`);
  });
});
