/** The sample dataset keeps every promise that its README makes. */
import { parseLine } from "../../src/datasets/formats/native.js";
import { checkReferences } from "../../src/datasets/records/references.js";
import { OUTPUT_LABELS, PROMPT_KINDS, PROMPT_SOURCES, PROMPT_TRAITS, USE_CASES } from "../../src/vocabulary.js";
import {
  byId,
  completions,
  demonstrations,
  file,
  insideRankings,
  isUnlabelled,
  lines,
  notation,
  pools,
  prompts,
  rankings,
  readme,
  records,
  type SampleRanking,
  standAlone,
  stringsOf,
} from "./sample-file.js";

test("the server's reader takes every line and loses nothing of it", () => {
  const parsed = lines.map((line) => parseLine(line));
  expect(parsed.flatMap(({ losses }) => losses)).toEqual([]);
  for (const record of parsed) if (record.kind === "prompt") checkReferences(record.prompt);
});

test("texts are clean: none empty, NFC, no NUL, no half of a surrogate pair, no byte order mark, LF only", () => {
  const unclean = (text: string): boolean =>
    text.trim() === "" || text !== text.normalize("NFC") || /[\0\r\ufeff\p{Surrogate}]/u.test(text);
  expect(records.flatMap(stringsOf).filter(unclean)).toEqual([]);
  expect(file).not.toMatch(/[\r\ufeff]/);
  expect(file.endsWith("}\n")).toBe(true);
});

describe("prompts", () => {
  test("at least 100, with unique ids and unique texts", () => {
    expect(prompts.length).toBeGreaterThanOrEqual(100);
    expect(new Set(prompts.map(({ id }) => id)).size).toBe(prompts.length);
    const folded = prompts.map(({ text }) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim());
    expect(new Set(folded).size).toBe(prompts.length);
  });

  test("all kinds, use cases and sources, generation the most frequent", () => {
    expect(new Set(prompts.map(({ kind }) => kind))).toEqual(new Set(PROMPT_KINDS));
    expect(new Set(prompts.map(({ useCase }) => useCase))).toEqual(new Set(USE_CASES));
    expect(new Set(prompts.map(({ source }) => source))).toEqual(new Set(PROMPT_SOURCES));
    const sizes = USE_CASES.map((useCase) => prompts.filter((prompt) => prompt.useCase === useCase).length);
    expect(Math.max(...sizes)).toBe(sizes[USE_CASES.indexOf("GENERATION")]);
  });

  test("few-shot prompts have two to four pairs, others none", () => {
    for (const { kind, fewShot } of prompts) {
      if (kind !== "FEW_SHOT") expect(fewShot).toBeUndefined();
      else expect([2, 3, 4]).toContain(fewShot!.length);
    }
    const seen = new Set(prompts.flatMap(({ fewShot }) => (fewShot ? [fewShot.length] : [])));
    expect(seen).toEqual(new Set([2, 3, 4]));
  });

  test("at least a fifth in Chinese, and these hold Chinese characters while the others hold none", () => {
    const chinese = prompts.filter(({ language }) => language === "zh");
    expect(chinese.length / prompts.length).toBeGreaterThanOrEqual(0.2);
    for (const { language, text } of prompts) expect(/\p{Script=Han}/u.test(text)).toBe(language === "zh");
  });

  test("traits are known words, and each of true, false and null occurs", () => {
    const traits = prompts.flatMap((prompt) => Object.entries(prompt.traits ?? {}));
    for (const [trait] of traits) expect(PROMPT_TRAITS).toContain(trait);
    expect(new Set(traits.map(([, value]) => value))).toEqual(new Set([true, false, null]));
  });

  test("every prompt has a split, and no author crosses splits", () => {
    const splits = new Map<string, Set<string>>();
    for (const { author, split } of prompts) splits.set(author, (splits.get(author) ?? new Set()).add(split));
    for (const ofAuthor of splits.values()) expect(ofAuthor.size).toBe(1);
    expect(splits.size).toBe(25);
    expect(new Set(prompts.map(({ split }) => split))).toEqual(new Set(["TRAIN", "VALIDATION", "TEST"]));
    expect(records.some((record) => "splitPolicy" in record)).toBe(false);
  });

  test("unlabelled customer prompts are enough for a PPO stage", () => {
    const of = (split: string): number => prompts.filter((p) => isUnlabelled(p) && p.split === split).length;
    expect(of("TRAIN")).toBeGreaterThanOrEqual(20);
    expect(of("VALIDATION")).toBeGreaterThanOrEqual(6);
  });

  test("demonstrations and rankings stand in each of the three splits, and some prompts have two demonstrations", () => {
    for (const split of ["TRAIN", "VALIDATION", "TEST"]) {
      const here = prompts.filter((prompt) => prompt.split === split);
      expect(here.some((prompt) => prompt.demonstrations)).toBe(true);
      expect(here.some((prompt) => prompt.rankings)).toBe(true);
    }
    expect(prompts.some((prompt) => prompt.demonstrations?.length === 2)).toBe(true);
    expect(demonstrations.every(({ labeler }) => pools.get(labeler) === "TRAINING")).toBe(true);
  });

  test("some were skipped", () => {
    expect(prompts.some((prompt) => prompt.skips)).toBe(true);
  });
});

describe("completions and rankings", () => {
  test("ranked prompts have four to nine completions, keyed A, B, C …, at most nine of one source", () => {
    for (const prompt of prompts.filter((each) => each.rankings)) {
      const keys = prompt.completions!.map(({ key }) => key);
      expect(keys.length).toBeGreaterThanOrEqual(4);
      expect(keys.length).toBeLessThanOrEqual(9);
      expect(keys).toEqual([..."ABCDEFGHI"].slice(0, keys.length));
    }
  });

  test("a source's samples of one prompt differ in index or version", () => {
    for (const { completions: own = [] } of prompts) {
      const given = own.filter((completion) => completion.sampleIndex !== undefined);
      const names = given.map((one) => `${one.source} ${one.sampleIndex} ${one.version ?? 1}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test("each ranking orders two or more known completions once, and the display order is the same set", () => {
    for (const { completions: own, rankings: ofPrompt = [] } of prompts) {
      const known = new Set(own?.map(({ key }) => key));
      for (const { tiers, displayOrder } of ofPrompt) {
        const keys = tiers.flat();
        expect(keys.length).toBeGreaterThanOrEqual(2);
        expect(tiers.every((tier) => tier.length > 0)).toBe(true);
        expect(keys.every((key) => known.has(key))).toBe(true);
        expect(new Set(keys).size).toBe(keys.length);
        if (displayOrder) expect([...displayOrder].sort()).toEqual([...keys].sort());
      }
    }
  });

  test("at least six labelers rank, ties exist, and all three pools take part", () => {
    expect(new Set(rankings.map(({ labeler }) => labeler)).size).toBeGreaterThanOrEqual(6);
    expect(rankings.some(({ tiers }) => tiers.some((tier) => tier.length > 1))).toBe(true);
    expect(new Set(rankings.map(({ labeler }) => pools.get(labeler)))).toEqual(
      new Set(["TRAINING", "HELD_OUT", "CANDIDATE"]),
    );
    expect([...pools.values()].filter((pool) => pool === "HELD_OUT").length).toBeGreaterThanOrEqual(2);
  });

  test("nobody ranks a prompt of their own, and held-out labelers rank no TRAIN prompt", () => {
    for (const { author, split, rankings: ofPrompt = [] } of prompts) {
      for (const { labeler } of ofPrompt) {
        expect(labeler).not.toBe(author);
        if (split === "TRAIN") expect(pools.get(labeler)).not.toBe("HELD_OUT");
      }
    }
  });

  test("times run forward in January to June 2026, and a few records have none", () => {
    for (const { createdAt, rankings: ofPrompt = [], demonstrations: shown = [] } of prompts) {
      for (const time of [createdAt, ...[...ofPrompt, ...shown].map((record) => record.createdAt)]) {
        if (time === undefined) continue;
        expect(time).toMatch(/^2026-0[1-6]-\d\dT\d\d:\d\d:\d\d\.000Z$/);
        if (createdAt !== undefined) expect(time >= createdAt).toBe(true);
      }
    }
    const without = [...prompts, ...rankings, ...demonstrations].filter(({ createdAt }) => createdAt === undefined);
    expect(without.length).toBeGreaterThan(0);
  });

  test("instructions are followed only from the day on which they hold", () => {
    const validFrom = new Map(
      records
        .filter((record) => "instructions" in record && !("text" in record))
        .map((record) => record.instructions as { version: number; validFrom: string })
        .map(({ version, validFrom: since }) => [version, since]),
    );
    expect([...validFrom.keys()]).toEqual([1, 2, 3]);
    for (const { instructions, createdAt } of rankings) {
      if (instructions === undefined || createdAt === undefined) continue;
      expect(createdAt >= validFrom.get(instructions)!).toBe(true);
    }
  });
});

describe("assessments", () => {
  test("scores are whole numbers of their scales, inside rankings and alone", () => {
    expect(standAlone.length).toBeGreaterThan(0);
    const overall = [...insideRankings, ...standAlone].map((assessment) => assessment.overall!);
    expect(new Set(overall)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
  });

  test("labels are known words, and each of true, false and null occurs", () => {
    const labels = [...insideRankings, ...standAlone].flatMap(({ labels: own }) => Object.entries(own ?? {}));
    const known: readonly string[] = OUTPUT_LABELS;
    expect(labels.filter(([label]) => !known.includes(label))).toEqual([]);
    expect(new Set(labels.map(([, value]) => value))).toEqual(new Set([true, false, null]));
  });

  test("toxicity is judged under the instructions for it, and only there", () => {
    const judged = rankings.filter(({ assessments }) => assessments?.some(({ toxicity }) => toxicity));
    expect(judged.length).toBeGreaterThanOrEqual(6);
    expect(rankings.filter(({ instructions }) => instructions === 3)).toEqual(judged);
    for (const { toxicity } of judged.flatMap(({ assessments }) => assessments!)) {
      expect([0, 1, 2]).toContain(toxicity!.input);
      expect([0, 1, 2]).toContain(toxicity!.output);
      expect([-1, 0, 1]).toContain(toxicity!.relative);
      expect([1, 2, 3, 4, 5, 6, 7]).toContain(toxicity!.continuity);
    }
  });
});

describe("the four questions by which the method is often told", () => {
  test("the data structure: A>B>C=D by the majority", () => {
    const orders = byId("data-structure").rankings!.map(notation);
    const majority = orders.filter((order) => order === "A>B>C=D").length;
    expect(byId("data-structure").completions).toHaveLength(4);
    expect(majority / orders.length).toBeGreaterThan(0.5);
  });

  test("the mood of a note by examples, the bear and the seal, ancient Greece", () => {
    expect(byId("sentiment-notes")).toMatchObject({ kind: "FEW_SHOT", useCase: "CLASSIFICATION" });
    expect(byId("bear-and-seal").text).toMatch(/brown bear.*seal/s);
    expect(byId("ancient-greece").text).toContain("ancient Greece");
    const seeds = prompts.filter((prompt) => prompt.tags?.includes("seed-question")).map(({ id }) => id);
    expect(seeds.sort()).toEqual(["ancient-greece", "bear-and-seal", "data-structure", "sentiment-notes"]);
  });
});

describe("what the README points out", () => {
  const tieShare = (handle: string): number => {
    const own = rankings.filter(({ labeler }) => labeler === handle);
    return own.filter(({ tiers }) => tiers.some((tier) => tier.length > 1)).length / own.length;
  };

  test("of the training labelers w3 ties least and w4 most", () => {
    const handles = [...pools].filter(([, pool]) => pool === "TRAINING").map(([handle]) => handle);
    const byShare = handles.sort((a, b) => tieShare(a) - tieShare(b));
    expect([byShare[0], byShare.at(-1)]).toEqual(["w3", "w4"]);
  });

  test("one labeler ranked bakery-opening twice, and one ranked two subsets of cover-line", () => {
    const sets = (id: string): string[] =>
      byId(id).rankings!.map(({ labeler, tiers }) => `${labeler} ${tiers.flat().sort().join("")}`);
    expect(sets("bakery-opening").length - new Set(sets("bakery-opening")).size).toBe(1);
    const ofCover = sets("cover-line");
    expect(new Set(ofCover).size).toBe(ofCover.length);
    expect(ofCover.length - new Set(byId("cover-line").rankings!.map(({ labeler }) => labeler)).size).toBe(1);
    expect(byId("cover-line").completions).toHaveLength(9);
    expect(byId("cover-line").stages).toEqual(["RM"]);
  });

  test("name-cafe has a completion of version 2, and two prompts are excluded", () => {
    expect(byId("name-cafe").completions!.map(({ version }) => version)).toContain(2);
    const excluded = prompts.filter(({ exclusion }) => exclusion).map(({ id }) => id);
    expect(excluded.sort()).toEqual(["private-address", "spam-links"]);
  });
});

describe("agreement, counted naively", () => {
  /** Where the labeler's order puts a against b: -1 before, 0 tied, 1 after; undefined where it leaves one of them out. */
  function order({ tiers }: SampleRanking, a: string, b: string): number | undefined {
    const at = (key: string): number => tiers.findIndex((tier) => tier.includes(key));
    return at(a) < 0 || at(b) < 0 ? undefined : Math.sign(at(a) - at(b));
  }

  /** Share of labeler pairs, over all pairs of completions both ordered, that gave the same of <, = and >. */
  function percentAgreement(belongs: (labeler: string) => boolean): number {
    let same = 0;
    let all = 0;
    for (const { completions: own = [], rankings: ofPrompt = [] } of prompts) {
      const keys = own.map(({ key }) => key);
      for (const [i, a] of keys.entries()) {
        for (const b of keys.slice(i + 1)) {
          const latest = new Map<string, { time: string; value: number }>();
          for (const ranking of ofPrompt.filter(({ labeler }) => belongs(labeler))) {
            const value = order(ranking, a, b);
            const time = ranking.createdAt ?? "";
            if (value === undefined || (latest.get(ranking.labeler)?.time ?? "") > time) continue;
            latest.set(ranking.labeler, { time, value });
          }
          const values = [...latest.values()].map(({ value }) => value);
          for (const [j, one] of values.entries()) {
            for (const other of values.slice(j + 1)) {
              all += 1;
              if (one === other) same += 1;
            }
          }
        }
      }
    }
    return same / all;
  }

  test("labelers agree as people do: between 0.65 and 0.85 of the time", () => {
    for (const belongs of [
      () => true,
      (labeler: string) => pools.get(labeler) === "TRAINING",
      (labeler: string) => pools.get(labeler) === "HELD_OUT",
    ]) {
      const value = percentAgreement(belongs);
      expect(value).toBeGreaterThan(0.65);
      expect(value).toBeLessThan(0.85);
    }
  });

  test("the README's figure is the one that the file gives", () => {
    expect(readme).toContain(
      `| agreement of all labelers on the order of two completions | ${percentAgreement(() => true).toFixed(3)} |`,
    );
  });
});

test("the README's counts are those of the file", () => {
  const counts: [string, number][] = [
    ["prompts", prompts.length],
    ["prompts in Chinese", prompts.filter(({ language }) => language === "zh").length],
    ["authors", new Set(prompts.map(({ author }) => author)).size],
    ["demonstrations", demonstrations.length],
    ["ranked prompts", prompts.filter((prompt) => prompt.rankings).length],
    ["completions", completions.length],
    ["rankings", rankings.length],
    ["rankings with a tie", rankings.filter(({ tiers }) => tiers.some((tier) => tier.length > 1)).length],
    ["assessments inside rankings", insideRankings.length],
    ["assessments alone", standAlone.length],
    ["toxicity judgments", insideRankings.filter(({ toxicity }) => toxicity).length],
    ["skips", prompts.flatMap((prompt) => prompt.skips ?? []).length],
    ["prompts for PPO in TRAIN", prompts.filter((p) => isUnlabelled(p) && p.split === "TRAIN").length],
    ["prompts for PPO in VALIDATION", prompts.filter((p) => isUnlabelled(p) && p.split === "VALIDATION").length],
  ];
  for (const [what, count] of counts) expect(readme).toContain(`| ${what} | ${count} |`);
});
