import type { AgreementMeasure, CoefficientName } from "../vocabulary.js";

interface MeasureWords {
  readonly title: string;
  /** What is compared: one, several. */
  readonly unit: readonly [string, string];
}

const completions: readonly [string, string] = ["completion", "completions"];

export const MEASURE_WORDS: Readonly<Record<AgreementMeasure, MeasureWords>> = {
  RANKING: { title: "Rankings", unit: ["pair of completions", "pairs of completions"] },
  OVERALL: { title: "Overall scores", unit: completions },
  LABEL: { title: "Labels", unit: completions },
  TOXICITY_OUTPUT: { title: "Toxicity of the output", unit: completions },
  TOXICITY_RELATIVE: { title: "Toxicity against the input", unit: completions },
  CONTINUITY: { title: "Continuity", unit: completions },
};

interface CoefficientWords {
  readonly title: string;
  readonly meaning: string;
}

const icc = (form: string, meaning: string): CoefficientWords => ({ title: `ICC ${form}`, meaning });

/** What each coefficient is called in print, and what it says in a sentence. */
export const COEFFICIENT_WORDS: Readonly<Record<CoefficientName, CoefficientWords>> = {
  PERCENT_AGREEMENT: {
    title: "Percent agreement",
    meaning: "The share of labeler pairs that judged alike. 1 is full agreement; chance alone is not taken off.",
  },
  KRIPPENDORFF_ALPHA: {
    title: "Krippendorff’s α",
    meaning: "1 less observed over expected disagreement. 1 is full agreement, 0 is what chance gives; takes gaps.",
  },
  COHEN_KAPPA: {
    title: "Cohen’s κ",
    meaning: "Agreement of two labelers beyond what their own frequencies give; of more, the mean over pairs.",
  },
  WEIGHTED_KAPPA_LINEAR: {
    title: "κ, linear weights",
    meaning: "Cohen’s κ in which a near miss counts for more than a far one, in proportion to the distance.",
  },
  WEIGHTED_KAPPA_QUADRATIC: {
    title: "κ, quadratic weights",
    meaning: "Cohen’s κ in which disagreement counts with the square of the distance.",
  },
  CONGER_KAPPA: { title: "Conger’s κ", meaning: "Cohen’s κ for several labelers, each with frequencies of its own." },
  FLEISS_KAPPA: {
    title: "Fleiss’ κ",
    meaning: "Agreement of several labelers beyond what the frequencies of all together give.",
  },
  SCOTT_PI: { title: "Scott’s π", meaning: "Agreement beyond what the frequencies of both labelers together give." },
  BRENNAN_PREDIGER: {
    title: "Brennan–Prediger",
    meaning: "Agreement beyond what equally frequent categories would give.",
  },
  GWET_AC1: {
    title: "Gwet’s AC1",
    meaning: "Agreement beyond chance where chance is rare if one category rules; steady at skewed frequencies.",
  },
  GWET_AC2: { title: "Gwet’s AC2", meaning: "AC1 in which a near miss counts for more than a far one." },
  KENDALL_TAU_B: {
    title: "Kendall’s τ-b",
    meaning: "How far two orders go together, with ties corrected: 1 the same, 0 unrelated, −1 reversed.",
  },
  KENDALL_W: { title: "Kendall’s W", meaning: "How far several orders of the same things go together: 0 to 1." },
  SPEARMAN_RHO: { title: "Spearman’s ρ", meaning: "The correlation of ranks: 1 the same order, −1 reversed." },
  ICC_1_1: icc(
    "(1,1)",
    "The share of variance that is of the completions, for one labeler; labelers differ by completion.",
  ),
  ICC_2_1: icc("(2,1)", "The same for one labeler of a random sample who all judge everything: absolute agreement."),
  ICC_3_1: icc("(3,1)", "The same for one of exactly these labelers: consistency, levels do not count."),
  ICC_1_K: icc("(1,k)", "As (1,1), for the mean of all labelers."),
  ICC_2_K: icc("(2,k)", "As (2,1), for the mean of all labelers."),
  ICC_3_K: icc("(3,k)", "As (3,1), for the mean of all labelers."),
};

/** A word of the vocabulary as a person writes it: HELD_OUT becomes held out. */
export const plainWord = (word: string): string => word.toLowerCase().replaceAll("_", " ");
