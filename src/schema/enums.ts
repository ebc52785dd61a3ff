import { registerEnumType } from "type-graphql";
import {
  ACCURACY_LINES,
  AGREEMENT_CLUSTERS,
  AGREEMENT_MEASURES,
  COEFFICIENT_NAMES,
  CRITERIA,
  EVALUATION_GROUPINGS,
  EVALUATION_METRICS,
  GATE_BOUNDS,
  INSTRUCTION_PURPOSES,
  JOB_KINDS,
  JOB_LANES,
  JOB_STATUSES,
  LABELER_POOLS,
  LABELER_SIGNALS,
  LABELER_STATUSES,
  LENGTH_GROUPINGS,
  MODEL_STAGES,
  OUTPUT_LABELS,
  PROMPT_KINDS,
  PROMPT_ORDERS,
  PROMPT_SOURCES,
  PROMPT_TRAITS,
  RATING_METHODS,
  RECIPES,
  REWARD_PLACEMENTS,
  ROLES,
  SPLIT_GROUPINGS,
  SPLITS,
  STAGES,
  TIE_POLICIES,
  TOKENIZER_KINDS,
  USE_CASES,
} from "../vocabulary.js";

/** A GraphQL enum made from a list of words of the vocabulary, each word being its own value. */
function enumOf<Word extends string>(name: string, words: readonly Word[], description: string): { [W in Word]: W } {
  const values = Object.fromEntries(words.map((word) => [word, word])) as { [W in Word]: W };
  registerEnumType(values, { name, description });
  return values;
}

export const PromptKindEnum = enumOf(
  "PromptKind",
  PROMPT_KINDS,
  "The kind of a prompt: an arbitrary task, an instruction with query/response pairs, or one written for a use case that users stated (InstructGPT, section 3.2).",
);
export const UseCaseEnum = enumOf("UseCase", USE_CASES, "The ten use cases of prompts (InstructGPT, Table 1).");
export const PromptSourceEnum = enumOf(
  "PromptSource",
  PROMPT_SOURCES,
  "Who wrote a prompt: a labeler or a customer of the API.",
);
export const SplitEnum = enumOf(
  "Split",
  SPLITS,
  "The part of the data a prompt belongs to; everything an author wrote is in one of them.",
);
export const StageEnum = enumOf(
  "Stage",
  STAGES,
  "The step of the recipe a prompt serves: supervised fine-tuning, reward model, or PPO.",
);
export const LabelerPoolEnum = enumOf(
  "LabelerPool",
  LABELER_POOLS,
  "TRAINING labelers' work may enter training; HELD_OUT labelers only evaluate; a CANDIDATE is not yet admitted.",
);
export const LabelerStatusEnum = enumOf("LabelerStatus", LABELER_STATUSES, "Whether a labeler works at present.");
export const PromptTraitEnum = enumOf("PromptTrait", PROMPT_TRAITS, "What a prompt is like (InstructGPT, Table 7).");
export const OutputLabelEnum = enumOf(
  "OutputLabel",
  OUTPUT_LABELS,
  "What a completion is like (InstructGPT, Table 3).",
);
export const CriterionEnum = enumOf("Criterion", CRITERIA, "The three criteria by which completions are judged.");
export const InstructionPurposeEnum = enumOf(
  "InstructionPurpose",
  INSTRUCTION_PURPOSES,
  "What a version of the instructions was written for.",
);
export const SplitGroupingEnum = enumOf(
  "SplitGrouping",
  SPLIT_GROUPINGS,
  "What is kept together when splits are assigned.",
);
export const LengthGroupingEnum = enumOf(
  "LengthGrouping",
  LENGTH_GROUPINGS,
  "How lengths are grouped: as in Tables 9, 10 and 11 of InstructGPT.",
);
export const PromptOrderEnum = enumOf(
  "PromptOrder",
  PROMPT_ORDERS,
  "The order of prompts. By time a cursor is stable while rows are inserted; by count it is best effort.",
);
export const AgreementMeasureEnum = enumOf(
  "AgreementMeasure",
  AGREEMENT_MEASURES,
  "The judgment whose agreement is measured.",
);
export const AgreementClusterEnum = enumOf("AgreementCluster", AGREEMENT_CLUSTERS, "What a bootstrap resample draws.");
export const TiePolicyEnum = enumOf(
  "TiePolicy",
  TIE_POLICIES,
  "How ties count in percent agreement: EXACT must match, HALF_CREDIT gives a tie against a strict order one half, STRICT_ONLY looks only where both order strictly.",
);
export const RatingMethodEnum = enumOf(
  "RatingMethod",
  RATING_METHODS,
  "How a leaderboard rates sources. BRADLEY_TERRY: strengths by maximum likelihood, a tie counts as half a win for both. DAVIDSON: the same with ties as an outcome of their own. ELO: K = 4 from 1000 points, averaged over the order of comparisons. WIN_RATE: the share of comparisons won, a tie is half.",
);
export const CoefficientNameEnum = enumOf("CoefficientName", COEFFICIENT_NAMES, "The coefficients of agreement.");
export const LabelerSignalNameEnum = enumOf(
  "LabelerSignalName",
  LABELER_SIGNALS,
  "CONSENSUS: below the consensus of the others; DRIFT: changes over time; COPYING: says what one other says; SPEED: works far faster; POSITION_BIAS: prefers by the place on the screen; STRAIGHT_LINING: gives the same answer again and again.",
);
export const RoleEnum = enumOf("Role", ROLES, "What an API key may do.");
export const JobKindEnum = enumOf("JobKind", JOB_KINDS, "What a job does.");
export const JobLaneEnum = enumOf(
  "JobLane",
  JOB_LANES,
  "Which slots a job takes: SHORT for GENERATION, SCORING and EVALUATION, TRAINING for all others.",
);
export const JobStatusEnum = enumOf(
  "JobStatus",
  JOB_STATUSES,
  "QUEUED waits, RUNNING is held by a process, the others are ends; FAILED and CANCELLED can be retried.",
);
export const ModelStageEnum = enumOf(
  "ModelStage",
  MODEL_STAGES,
  "What a model was trained for; IMPORTED: trained elsewhere.",
);
export const TokenizerKindEnum = enumOf(
  "TokenizerKind",
  TOKENIZER_KINDS,
  "How texts become tokens: a byte-level BPE trained on the TRAIN split, GPT-2's, or UTF-8 bytes.",
);
export const RewardPlacementEnum = enumOf(
  "RewardPlacement",
  REWARD_PLACEMENTS,
  "Which state a response's score is paid in: that of its last token, or the one after it, as TRL does.",
);
export const RecipeEnum = enumOf(
  "Recipe",
  RECIPES,
  "Where values that are not given come from: AUTO from the sizes of model and data, PAPER from InstructGPT's appendix C.",
);
export const EvaluationMetricEnum = enumOf(
  "EvaluationMetric",
  EVALUATION_METRICS,
  "What an evaluation measures; docs/metrics.md has the formula of each.",
);
export const AccuracyLineEnum = enumOf(
  "AccuracyLine",
  ACCURACY_LINES,
  "The baselines of a reward model's accuracy, over the same votes: how often the LONGER completion is preferred, how often two LABELERS agree, and what the BEST_SCORER reaches that gives each completion one score.",
);
export const EvaluationGroupingEnum = enumOf(
  "EvaluationGrouping",
  EVALUATION_GROUPINGS,
  "What the figures of an evaluation are told apart by.",
);
export const GateBoundEnum = enumOf(
  "GateBound",
  GATE_BOUNDS,
  "What of a figure a gate looks at: the end of its interval, or the value itself.",
);
