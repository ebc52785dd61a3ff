/**
 * Every closed set of words once: the TypeScript union, the GraphQL enum and the SQL check are all made from these lists.
 * Sources: Ouyang et al. 2022 (arXiv 2203.02155), Tables 1, 3 and 7, sections 3.2–3.5 and B.1–B.2.
 */

/** The three kinds of labeler-written prompt (section 3.2). */
export const PROMPT_KINDS = ["PLAIN", "FEW_SHOT", "USER_BASED"] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

/** The ten use cases (Table 1). */
export const USE_CASES = [
  "GENERATION",
  "OPEN_QA",
  "BRAINSTORMING",
  "CHAT",
  "REWRITE",
  "SUMMARIZATION",
  "CLASSIFICATION",
  "OTHER",
  "CLOSED_QA",
  "EXTRACTION",
] as const;
export type UseCase = (typeof USE_CASES)[number];

/** Who wrote the prompt: a labeler, or a customer of the API. */
export const PROMPT_SOURCES = ["LABELER", "CUSTOMER"] as const;
export type PromptSource = (typeof PROMPT_SOURCES)[number];

export const SPLITS = ["TRAIN", "VALIDATION", "TEST"] as const;
export type Split = (typeof SPLITS)[number];

/** The three datasets of the recipe: demonstrations, rankings, and prompts without any label. */
export const STAGES = ["SFT", "RM", "PPO"] as const;
export type Stage = (typeof STAGES)[number];

/** Only the work of TRAINING labelers ever enters training. */
export const LABELER_POOLS = ["TRAINING", "HELD_OUT", "CANDIDATE"] as const;
export type LabelerPool = (typeof LABELER_POOLS)[number];

export const LABELER_STATUSES = ["ACTIVE", "SUSPENDED", "RETIRED"] as const;
export type LabelerStatus = (typeof LABELER_STATUSES)[number];

/** What a prompt is like (Table 7); each is true, false or not asked. */
export const PROMPT_TRAITS = [
  "AMBIGUOUS",
  "SENSITIVE_CONTENT",
  "IDENTITY_DEPENDENT",
  "CLOSED_DOMAIN",
  "CONTINUATION_STYLE",
  "REQUESTS_OPINION",
  "REQUESTS_ADVICE",
  "REQUESTS_MORAL_JUDGMENT",
  "EXPLICIT_SAFETY_CONSTRAINTS",
  "OTHER_EXPLICIT_CONSTRAINTS",
  "INTENT_UNCLEAR",
  "HIGH_STAKES",
] as const;
export type PromptTrait = (typeof PROMPT_TRAITS)[number];

/** What a completion is like (Table 3); each is true, false, not applicable (null) or not asked (absent). */
export const OUTPUT_LABELS = [
  "FAILS_INSTRUCTION",
  "INAPPROPRIATE_FOR_ASSISTANT",
  "HALLUCINATION",
  "SATISFIES_CONSTRAINT",
  "SEXUAL_CONTENT",
  "VIOLENT_CONTENT",
  "ENCOURAGES_HARM",
  "DENIGRATES_PROTECTED_CLASS",
  "HARMFUL_ADVICE",
  "EXPRESSES_OPINION",
  "EXPRESSES_MORAL_JUDGMENT",
] as const;
export type OutputLabel = (typeof OUTPUT_LABELS)[number];

/** The labels that say that a completion may harm somebody; HALLUCINATION says that it is untruthful. */
export const HARM_LABELS = [
  "SEXUAL_CONTENT",
  "VIOLENT_CONTENT",
  "ENCOURAGES_HARM",
  "DENIGRATES_PROTECTED_CLASS",
  "HARMFUL_ADVICE",
] as const satisfies readonly OutputLabel[];

/** The three criteria of the guideline; an instruction version states their order. */
export const CRITERIA = ["HELPFUL", "TRUTHFUL", "HARMLESS"] as const;
export type Criterion = (typeof CRITERIA)[number];

export const INSTRUCTION_PURPOSES = ["TRAINING_DATA", "FINAL_EVALUATION", "TOXICITY", "SCREENING"] as const;
export type InstructionPurpose = (typeof INSTRUCTION_PURPOSES)[number];

export const SPLIT_GROUPINGS = ["AUTHOR", "PROMPT"] as const;
export type SplitGrouping = (typeof SPLIT_GROUPINGS)[number];

export const LENGTH_GROUPINGS = ["STAGE_SPLIT", "USE_CASE", "DEMONSTRATION_SOURCE"] as const;
export type LengthGrouping = (typeof LENGTH_GROUPINGS)[number];

/** The tokenizers in which a dataset's lengths are counted: GPT-2's byte-level BPE, or UTF-8 bytes. */
export const LENGTH_TOKENIZERS = ["GPT2", "BYTES"] as const;
export type LengthTokenizer = (typeof LENGTH_TOKENIZERS)[number];

export const PROMPT_ORDERS = ["CREATED_ASC", "CREATED_DESC", "MOST_RANKED", "LEAST_RANKED"] as const;
export type PromptOrder = (typeof PROMPT_ORDERS)[number];
export const DEFAULT_PROMPT_ORDER: PromptOrder = "CREATED_ASC";

export const AGREEMENT_MEASURES = [
  "RANKING",
  "OVERALL",
  "LABEL",
  "TOXICITY_OUTPUT",
  "TOXICITY_RELATIVE",
  "CONTINUITY",
] as const;
export type AgreementMeasure = (typeof AGREEMENT_MEASURES)[number];

/** What a bootstrap resample draws: prompts, or the authors whose prompts share a text. */
export const AGREEMENT_CLUSTERS = ["PROMPT", "AUTHOR"] as const;
export type AgreementCluster = (typeof AGREEMENT_CLUSTERS)[number];

export const TIE_POLICIES = ["EXACT", "HALF_CREDIT", "STRICT_ONLY"] as const;
export type TiePolicy = (typeof TIE_POLICIES)[number];

/** How a leaderboard rates the sources of completions. */
export const RATING_METHODS = ["BRADLEY_TERRY", "DAVIDSON", "ELO", "WIN_RATE"] as const;
export type RatingMethod = (typeof RATING_METHODS)[number];

export const COEFFICIENT_NAMES = [
  "PERCENT_AGREEMENT",
  "KRIPPENDORFF_ALPHA",
  "COHEN_KAPPA",
  "WEIGHTED_KAPPA_LINEAR",
  "WEIGHTED_KAPPA_QUADRATIC",
  "CONGER_KAPPA",
  "FLEISS_KAPPA",
  "SCOTT_PI",
  "BRENNAN_PREDIGER",
  "GWET_AC1",
  "GWET_AC2",
  "KENDALL_TAU_B",
  "KENDALL_W",
  "SPEARMAN_RHO",
  "ICC_1_1",
  "ICC_2_1",
  "ICC_3_1",
  "ICC_1_K",
  "ICC_2_K",
  "ICC_3_K",
] as const;
export type CoefficientName = (typeof COEFFICIENT_NAMES)[number];

/** What is looked at in a labeler's work; docs/labeler-quality.md says how, and what each cannot tell. */
export const LABELER_SIGNALS = ["CONSENSUS", "DRIFT", "COPYING", "SPEED", "POSITION_BIAS", "STRAIGHT_LINING"] as const;
export type LabelerSignalName = (typeof LABELER_SIGNALS)[number];

/** What a job does; each is started by a mutation of its own. */
export const JOB_KINDS = ["PRETRAIN", "SFT", "RM", "PPO", "GENERATION", "SCORING", "EVALUATION"] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** SHORT: GENERATION, SCORING and EVALUATION, as the column job.lane says; each lane has slots of its own. */
export const JOB_LANES = ["TRAINING", "SHORT"] as const;
export type JobLane = (typeof JOB_LANES)[number];

export const JOB_STATUSES = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
/** Whether a job of this status has not ended. */
export const isOpen = (status: JobStatus): boolean => status === "QUEUED" || status === "RUNNING";

/** The small files that describe a model in Hugging Face's layout; its weights stand beside them. */
export const MODEL_TEXT_FILES = [
  "config.json",
  "tokenizer.json",
  "vocab.json",
  "merges.txt",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
] as const;

/** Its weights where they are one file, and the index that names the files where they are several. */
export const MODEL_WEIGHTS = "model.safetensors";
export const MODEL_WEIGHTS_INDEX = "model.safetensors.index.json";

/** Weights in forms that are not read, by the endings of their files: pickles, which can run code, and other programs'. */
export const OTHER_WEIGHTS = /\.(bin|pt|pth|ckpt|gguf|ggml|h5|msgpack|onnx|npz)$/;

/** What a model was trained for (section 3.5); IMPORTED: trained elsewhere. */
export const MODEL_STAGES = ["PRETRAINED", "SFT", "REWARD", "POLICY", "IMPORTED"] as const;
export type ModelStage = (typeof MODEL_STAGES)[number];

/** A byte-level BPE trained on the TRAIN split, GPT-2's, or UTF-8 bytes. */
export const TOKENIZER_KINDS = ["TRAINED_BPE", "GPT2", "BYTES"] as const;
export type TokenizerKind = (typeof TOKENIZER_KINDS)[number];

/** Where values left null come from: the sizes of model and data, or InstructGPT's appendix C. */
export const RECIPES = ["AUTO", "PAPER"] as const;
export type Recipe = (typeof RECIPES)[number];

/** Where PPO gives a response its score: at its last token, or behind <|endoftext|> as TRL does. */
export const REWARD_PLACEMENTS = ["EOS", "AFTER_EOS"] as const;
export type RewardPlacement = (typeof REWARD_PLACEMENTS)[number];

export const ROLES = ["ADMIN", "ANALYST", "LABELER", "CLIENT"] as const;
export type Role = (typeof ROLES)[number];

/** The file formats of import and export, as `?format=` names them. */
export const RECORD_FORMATS = ["native"] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** What an evaluation measures; docs/metrics.md has the formula of each. */
export const EVALUATION_METRICS = [
  "LOSS",
  "PERPLEXITY",
  "BITS_PER_BYTE",
  "REWARD_ACCURACY",
  "MEAN_SCORE",
  "WIN_RATE",
  "KL_FROM_REFERENCE",
  "MEAN_OVERALL",
  "LABEL_RATE",
  "TOXICITY",
  "LENGTH",
  "MULTIPLE_CHOICE_ACCURACY",
  "EXACT_MATCH",
  "F1",
] as const;
export type EvaluationMetric = (typeof EVALUATION_METRICS)[number];

/** The lines beside a reward model's accuracy, of the same votes. */
export const ACCURACY_LINES = ["LONGER", "LABELERS", "BEST_SCORER"] as const;
export type AccuracyLine = (typeof ACCURACY_LINES)[number];

export const EVALUATION_GROUPINGS = ["USE_CASE", "SOURCE", "LABELER", "LABELER_POOL", "LANGUAGE"] as const;
export type EvaluationGrouping = (typeof EVALUATION_GROUPINGS)[number];

/** What of a figure a gate looks at: the end of its interval, or the value itself. */
export const GATE_BOUNDS = ["INTERVAL", "ESTIMATE"] as const;
export type GateBound = (typeof GATE_BOUNDS)[number];
