import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Vote } from "../../../src/training/config/prompts.js";
import { cutVotes } from "../../../src/training/config/reward-elements.js";
import { linesOf } from "../../../src/training/evaluation/accuracy.js";

interface NativePrompt {
  readonly completions: { key: string; text: string }[];
  readonly rankings: { labeler: string; tiers: string[][] }[];
}

const FILE = new URL("../../../../shared/data/ukp-convarg.jsonl.gz", import.meta.url);
const withData = existsSync(FILE) ? test : test.skip;

/** The strict pairs of every ranking. */
function votesOf({ completions, rankings }: NativePrompt): Vote[] {
  const place = new Map(completions.map(({ key }, index) => [key, index]));
  return rankings.flatMap(({ labeler, tiers }) =>
    tiers.flatMap((tier, above) =>
      tiers
        .slice(above + 1)
        .flat()
        .flatMap((loser) =>
          tier.map((winner): Vote => [labeler, place.get(winner) as number, place.get(loser) as number]),
        ),
    ),
  );
}

withData(
  "on all strict votes of ukp-convarg the lines are .684, .731 and .840, and its 32 prompts are 1,029 elements",
  () => {
    const prompts = gunzipSync(readFileSync(FILE))
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as NativePrompt);
    const sums = { LONGER: 0, LABELERS: 0, BEST_SCORER: 0 };
    const counted = { ...sums };
    let elements = 0;
    for (const { completions, ...prompt } of prompts) {
      const votes = votesOf({ completions, ...prompt });
      elements += cutVotes(votes).length;
      const lines = linesOf({ votes, completions: completions.map(({ key, text }) => ({ id: key, text })) });
      for (const line of ["LONGER", "LABELERS", "BEST_SCORER"] as const) {
        sums[line] += lines[line].right;
        counted[line] += lines[line].counted;
      }
    }
    // Counted apart from this code when the recipe was written, to three digits.
    const share = (line: keyof typeof sums) => sums[line] / counted[line];
    expect(Math.abs(share("LONGER") - 0.684)).toBeLessThan(1e-3);
    expect(Math.abs(share("LABELERS") - 0.731)).toBeLessThan(1e-3);
    expect(Math.abs(share("BEST_SCORER") - 0.84)).toBeLessThan(1e-3);
    // C(⌈n / 4⌉, 2) elements of each prompt of n completions: 21 five times, 28 six times, 36 twenty-one times.
    expect(elements).toBe(5 * 21 + 6 * 28 + 21 * 36);
  },
);
