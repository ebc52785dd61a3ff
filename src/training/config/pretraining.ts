/** What a pretraining will do, with every value decided and the reason for each. */
import { AppError } from "../../errors.js";
import type { Recipe, TokenizerKind } from "../../vocabulary.js";
import { checkWholeNumber } from "./checks.js";
import {
  ADAM,
  ADAM_REASONS,
  autoLearningRate,
  autoWarmUp,
  type Choice,
  checkBatchSize,
  checkLearningRate,
  chooserOf,
  EVALUATE_REASON,
  evaluateEveryOf,
  fittingBatchSize,
  type OptimizationConfig,
  reasonsOf,
  recipeOf,
  seedOf,
} from "./choices.js";
import type { Architecture } from "./model-shape.js";

/** Why a dataset without text in TRAIN is refused. */
export const NOTHING_TO_READ = "The TRAIN split has no prompt to train on.";

/** What a request may leave open. */
export interface PretrainingInput {
  readonly steps?: number | null;
  readonly batchSize?: number | null;
  readonly learningRate?: number | null;
  readonly recipe?: Recipe | null;
  readonly seed?: number | null;
}

/** What is known of the data, the model and the machine. A document: a prompt's text, or a demonstration after its prompt. */
export interface PretrainingFacts {
  /** Prompts of the TRAIN split, and their demonstrations. */
  readonly trainDocuments: number;
  /** Of those prompts and demonstrations, in UTF-8; each prompt's text is counted once more for each demonstration. */
  readonly trainBytes: number;
  readonly validationDocuments: number;
  readonly architecture: Architecture;
  /** What a job may use. */
  readonly memoryBytes: number;
}

export interface PretrainingConfig extends OptimizationConfig {
  readonly trainDocuments: number;
  readonly validationDocuments: number;
  readonly samplePrompts: number;
  readonly sampleTokens: number;
  readonly selection: "VALIDATION_LOSS" | "LAST_STEP";
}

/** GPT's values (Radford et al. 2018, section 4.1); InstructGPT takes its models from GPT-3 and trains none. */
const PAPER = { epochs: 100, batchSize: 64, learningRate: 2.5e-4, dropout: 0.1, warmUpSteps: 2000, weightDecay: 0.01 };
const MOST_STEPS = 1_000_000;
/** AUTO reads the corpus so many times, in so many steps. */
const AUTO = { epochs: 8, steps: [100, 2000], batchSize: 32, stepsAnEpoch: 20 } as const;
/** Bytes of a token, about: GPT-2's vocabulary on English has 4.3, a small trained one less. */
const BYTES_A_TOKEN: Readonly<Record<TokenizerKind, number>> = { GPT2: 4, TRAINED_BPE: 3, BYTES: 1 };

/**
 * The whole configuration of a pretraining: what is given counts, the recipe decides the rest.
 * @param input what was asked for; null and absent are left to the recipe
 * @param facts what the recipes decide by
 * @param field where the input stands, for errors: "input"
 * @returns a frozen configuration; refused: values out of bounds, no text to train on (UNPROCESSABLE), and a batch that does
 *   not fit the memory
 */
export function resolvePretraining(
  input: PretrainingInput,
  facts: PretrainingFacts,
  field = "input",
): PretrainingConfig {
  const { architecture, trainDocuments, validationDocuments } = facts;
  const recipe = recipeOf(input.recipe, `${field}.recipe`);
  if (trainDocuments === 0) throw new AppError("UNPROCESSABLE", NOTHING_TO_READ, `${field}.datasetId`);
  const seed = seedOf(input.seed, `${field}.seed`);
  const choices = choose(input, facts, recipe, field);
  const steps = choices.steps.value;
  return Object.freeze({
    recipe,
    seed,
    architecture,
    trainDocuments,
    validationDocuments,
    batchSize: choices.batchSize.value,
    steps,
    learningRate: choices.learningRate.value,
    warmUpSteps: choices.warmUpSteps.value,
    finalLearningRateFraction: choices.finalLearningRateFraction.value,
    dropout: choices.dropout.value,
    ...ADAM,
    weightDecay: choices.weightDecay.value,
    evaluateEvery: evaluateEveryOf(steps),
    samplePrompts: 3,
    sampleTokens: Math.min(24, Math.floor(architecture.contextLength / 2)),
    selection: validationDocuments > 0 ? "VALIDATION_LOSS" : "LAST_STEP",
    reasons: Object.freeze({
      ...ADAM_REASONS,
      ...reasonsOf(choices),
      evaluateEvery: EVALUATE_REASON,
      selection:
        validationDocuments > 0
          ? `The parameters with the lowest loss on the ${validationDocuments} documents of VALIDATION become the model.`
          : "VALIDATION has no prompt, so the last parameters become the model.",
    }),
  });
}

type Choices = Readonly<
  Record<
    "batchSize" | "steps" | "learningRate" | "warmUpSteps" | "finalLearningRateFraction" | "dropout" | "weightDecay",
    Choice
  >
>;

/** What is given, checked, else what the recipe takes; later values depend on earlier ones. */
function choose(input: PretrainingInput, facts: PretrainingFacts, recipe: Recipe, field: string): Choices {
  const { architecture, memoryBytes } = facts;
  const chosen = chooserOf(recipe);
  const sequences = sequencesOf(facts);
  const batchSize = chosen(input.batchSize, ofPaper(PAPER.batchSize), () =>
    fittingBatchSize(
      wantedBatch(sequences),
      `AUTO: the largest power of two up to ${AUTO.batchSize} that leaves an epoch of about ${sequences} sequences ${AUTO.stepsAnEpoch} steps`,
      { architecture, memoryBytes },
    ),
  );
  checkBatchSize(batchSize.value, { architecture, memoryBytes }, "Batch size", `${field}.batchSize`);
  const stepsAnEpoch = Math.ceil(sequences / batchSize.value);
  const epochs = (count: number): number => count * stepsAnEpoch;
  const steps = chosen(
    input.steps,
    {
      value: Math.min(epochs(PAPER.epochs), MOST_STEPS),
      reason: `PAPER: ${PAPER.epochs} epochs (Radford et al. 2018, section 4.1) of about ${stepsAnEpoch} steps.`,
    },
    () => ({
      value: Math.min(AUTO.steps[1], Math.max(AUTO.steps[0], epochs(AUTO.epochs))),
      reason: `AUTO: ${AUTO.epochs} epochs of about ${stepsAnEpoch} steps, but from ${AUTO.steps[0]} to ${AUTO.steps[1]} in all.`,
    }),
  );
  checkWholeNumber(steps.value, 1, MOST_STEPS, "Steps", `${field}.steps`);
  const learningRate = chosen(input.learningRate, ofPaper(PAPER.learningRate), () =>
    autoLearningRate(architecture, PAPER.learningRate),
  );
  checkLearningRate(learningRate.value, `${field}.learningRate`);
  const warmUp = Math.min(PAPER.warmUpSteps, steps.value - 1);
  return {
    batchSize,
    steps,
    learningRate,
    warmUpSteps: chosen(null, ofPaper(warmUp), () => autoWarmUp(steps.value)),
    finalLearningRateFraction: chosen(null, ofPaper(0), () => ({
      value: 0.1,
      reason: "AUTO: cosine decay to 10 %, as GPT-3 (Brown et al. 2020, appendix B).",
    })),
    dropout: chosen(null, ofPaper(PAPER.dropout), () => ({
      value: 0.1,
      reason: "AUTO: as GPT was trained (Radford et al. 2018, section 4.1).",
    })),
    weightDecay: chosen(null, ofPaper(PAPER.weightDecay), () => ({
      value: 0.1,
      reason: "AUTO: as GPT-3 (Brown et al. 2020, appendix B), of matrices alone.",
    })),
  };
}

/** How many sequences as long as the window the corpus fills, about: its tokens are counted only when it is read. */
function sequencesOf({ trainDocuments, trainBytes, architecture }: PretrainingFacts): number {
  const tokens = trainBytes / BYTES_A_TOKEN[architecture.tokenizer] + trainDocuments;
  return Math.max(1, Math.ceil(tokens / architecture.contextLength));
}

function wantedBatch(sequences: number): number {
  let wanted = 1;
  while (wanted < AUTO.batchSize && wanted * 2 * AUTO.stepsAnEpoch <= sequences) wanted *= 2;
  return wanted;
}

const ofPaper = (value: number): Choice => ({ value, reason: "PAPER: Radford et al. 2018, section 4.1." });
