import type { Leaderboard } from "../../src/agreement/leaderboard/leaderboard.js";
import type {
  AgreementDocument,
  ContestedPromptInDocument,
  NamedLabeler,
} from "../../src/services/analysis/agreement-document.js";

export const labeler = (handle: string): NamedLabeler => ({ id: `id-${handle}`, handle, pool: "TRAINING" });

/** A contested prompt of two completions that two labelers ranked in opposite ways. */
export const contestedPrompt = (overrides: Partial<ContestedPromptInDocument> = {}): ContestedPromptInDocument => ({
  id: "prompt-id",
  externalId: "p-1",
  text: "Explain what a data structure is.",
  language: "en",
  value: 0,
  n: 1,
  completions: [
    { key: "A", source: "sft-1", text: "A way to keep data." },
    { key: "B", source: "base", text: "No." },
  ],
  judgedCompletions: 2,
  columns: [
    { handle: "ann", cells: [1, 2] },
    { handle: "bob", cells: [2, 1] },
  ],
  judgments: 2,
  divided: [{ first: "A", second: "B", counts: [1, 0, 1] }],
  ...overrides,
});

/** Three sources, of which the middle one cannot be told from either. */
export const leaderboard = (overrides: Partial<Leaderboard> = {}): Leaderboard => ({
  method: "BRADLEY_TERRY",
  entries: (
    [
      ["sft-1", 0.8, 1],
      ["few-shot", 0.1, 2],
      ["base", -0.9, 3],
    ] as const
  ).map(([source, rating, rank]) => ({
    ...{ source, rating, rank, reason: null, wins: 12 - rank, losses: rank, ties: 2 },
    ci95: { low: rating - 0.5, high: rating + 0.5 },
    rankCi95: { low: Math.max(1, rank - 1), high: Math.min(3, rank + 1) },
    ...{ winRate: 0.9 - rank / 5, lengthControlledWinRate: 0.85 - rank / 5, lengthControlledReason: null },
  })),
  ...{ comparisons: 42, ties: 3, sameSourceDropped: 2, unknownSourceDropped: 0, repeats: 0, clusters: 12 },
  ...{ tieParameter: null, reason: null, warnings: ["Intervals from fewer than 20 clusters are rough: there are 12."] },
  ...overrides,
});

/** A document as the service makes it, small, with everything in it. */
export const documentOf = (overrides: Partial<AgreementDocument> = {}): AgreementDocument => ({
  dataset: { id: "dataset-id", slug: "mine", name: "My rankings", revision: 7 },
  madeAt: "2026-11-24T20:17:03.000Z",
  input: { measure: "RANKING", tiePolicy: "EXACT", cluster: "PROMPT", resamples: 1000, seed: 0 },
  minUnits: 10,
  measure: "RANKING",
  tiePolicy: "EXACT",
  units: 40,
  pairableUnits: 30,
  labelers: 3,
  judgments: 80,
  repeats: 2,
  clusters: 12,
  coefficients: [
    {
      name: "PERCENT_AGREEMENT",
      value: 0.75,
      reason: null,
      ci95: { low: 0.61, high: 0.86 },
      standardError: 0.06,
      analyticStandardError: null,
      n: 30,
    },
    {
      name: "KRIPPENDORFF_ALPHA",
      value: null,
      reason: "All judgments are in one category.",
      ci95: null,
      standardError: null,
      analyticStandardError: null,
      n: 30,
    },
  ],
  warnings: ["Intervals from fewer than 20 clusters are rough: PERCENT_AGREEMENT rest on 12 clusters."],
  byLabeler: ["ann", "bob", "cyd"].map((handle, i) => ({
    labeler: labeler(handle),
    value: 0.6 + i / 10,
    n: 20,
    ci95: { low: 0.5 + i / 10, high: 0.7 + i / 10 },
  })),
  matrix: [
    { a: labeler("ann"), b: labeler("bob"), value: 0.5, n: 12, shared: 12, kappa: 0.25, tauB: null },
    { a: labeler("ann"), b: labeler("cyd"), value: 0.9, n: 15, shared: 15, kappa: 0.8, tauB: 0.7 },
  ],
  mostContested: [contestedPrompt()],
  leaderboard: leaderboard(),
  ...overrides,
});
