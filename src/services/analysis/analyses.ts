import { agreementFacts, computeLabelerMatrix, labelerIntervals, tableOfCoefficient } from "./compute-agreement.js";
import { computeLeaderboard } from "./compute-leaderboard.js";
import { consensusIntervals, qualityFacts } from "./compute-quality.js";
import { contestedJudgments } from "./contested-judgments.js";

/** What the thread that analyses can be asked: each takes a database and a question, and gives plain data. */
export const ANALYSES = {
  agreement: agreementFacts,
  labelerIntervals,
  labelerMatrix: computeLabelerMatrix,
  coefficientTable: tableOfCoefficient,
  contestedJudgments,
  quality: qualityFacts,
  consensusIntervals,
  leaderboard: computeLeaderboard,
} as const;

export type Analyses = typeof ANALYSES;
