import { deriveStages, type StageFacts } from "../../../src/datasets/records/stages.js";

const NOTHING: StageFacts = {
  explicit: null,
  source: "CUSTOMER",
  fewShotPairs: 0,
  demonstrations: 0,
  rankings: 0,
  strictPairs: 0,
  assessments: 0,
};

test.each<[string, Partial<StageFacts>, string]>([
  ["a customer's prompt of which nobody said anything", {}, "PPO"],
  ["a labeler's prompt of which nobody said anything", { source: "LABELER" }, ""],
  ["a demonstration", { demonstrations: 1 }, "SFT"],
  ["a labeler's few-shot pairs", { source: "LABELER", fewShotPairs: 2 }, "SFT"],
  ["a customer's few-shot pairs, which are only part of the prompt", { fewShotPairs: 2 }, "PPO"],
  ["a strict pair", { rankings: 1, strictPairs: 1 }, "RM"],
  ["a ranking of ties only", { rankings: 1 }, ""],
  ["an assessment", { assessments: 1 }, ""],
  ["a demonstration and a strict pair", { demonstrations: 1, rankings: 2, strictPairs: 7 }, "SFT RM"],
  [
    "stages that are stated, in the vocabulary's order",
    { explicit: ["PPO", "SFT"], rankings: 1, strictPairs: 1 },
    "SFT PPO",
  ],
  ["a statement that it is in none", { explicit: [], demonstrations: 1 }, ""],
])("%s", (_, facts, stages) => {
  expect(deriveStages({ ...NOTHING, ...facts }).join(" ")).toBe(stages);
});
