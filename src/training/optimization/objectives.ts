/**
 * What shards are computed for. An objective says what a model is asked of a shard, a few numbers, and what loss they have.
 * A shard names its objective and is plain data, so that it crosses threads.
 */

import { type Model, scores, tokenLosses, tokenStatistics } from "../model/gpt.js";
import type { Sequences } from "../tensors/sequences.js";
import type { Tensor } from "../tensors/tensorflow.js";
import { type Comparisons, comparisonLoss, crossEntropyLoss, type LossSum } from "./losses.js";
import { clippedPolicyLoss, clippedValueLoss, type PolicyTargets, type ValueTargets } from "./ppo-losses.js";

interface AnyShard extends Sequences {
  /** What the loss of the whole batch is divided by: tokens, or the weights of comparisons. */
  readonly divisor: number;
}

/** Tokens whose likelihood is learned. */
export interface TokenShard extends AnyShard {
  readonly objective: "TOKENS";
  /** [k]: the positions whose next token is learned. */
  readonly positions: Int32Array;
  /** [k]: those tokens. */
  readonly targets: Int32Array;
  /** The logits are divided by it; 1 where it is absent. */
  readonly temperature?: number;
}

/** Scores at some positions, which comparisons are to agree with. */
export interface ComparisonShard extends AnyShard, Comparisons {
  readonly objective: "COMPARISONS";
  /** [k]: the last position of each text. */
  readonly positions: Int32Array;
}

/** The log-probabilities and entropies of tokens, to be read alone. */
export interface StatisticsShard extends AnyShard {
  readonly objective: "STATISTICS";
  readonly positions: Int32Array;
  readonly targets: Int32Array;
  readonly temperature: number;
}

/** Scores or values at some positions, to be read alone. */
export interface ScoreShard extends AnyShard {
  readonly objective: "SCORES";
  readonly positions: Int32Array;
}

/** Tokens of responses that the policy sampled, and what it is to learn at them. */
export interface PolicyShard extends AnyShard, PolicyTargets {
  readonly objective: "POLICY";
  readonly positions: Int32Array;
  readonly targets: Int32Array;
  readonly temperature: number;
}

/** States within responses, and what a value model is to learn at them. */
export interface ValueShard extends AnyShard, ValueTargets {
  readonly objective: "VALUES";
  readonly positions: Int32Array;
}

/** A part of a batch that one thread computes. */
export type Shard = TokenShard | ComparisonShard | StatisticsShard | ScoreShard | PolicyShard | ValueShard;

export interface TrainingBatch<S extends Shard = Shard> {
  /** As many as shardCount says. */
  readonly shards: readonly S[];
  /** The positions of all shards together. */
  readonly tokens: number;
}

interface Objective<S> {
  /** What the model says of a shard. The loss is of the first of these vectors; others stand beside it. */
  readonly outputs: (model: Model, shard: S) => readonly Tensor[];
  /** The loss of those numbers; null where they are only read. */
  readonly loss: ((outputs: readonly Float32Array[], shard: S) => LossSum) | null;
}

const first = (outputs: readonly Float32Array[]): Float32Array => outputs[0] as Float32Array;

const OBJECTIVES: { readonly [Name in Shard["objective"]]: Objective<Extract<Shard, { objective: Name }>> } = {
  /** −log p of each learned token [k]. */
  TOKENS: {
    outputs: (model, shard) => [tokenLosses(model, shard, shard)],
    loss: (outputs) => crossEntropyLoss(first(outputs)),
  },
  /** The score of each text [k]. */
  COMPARISONS: {
    outputs: (model, shard) => [scores(model, shard, shard.positions)],
    loss: (outputs, shard) => comparisonLoss(first(outputs), shard),
  },
  /** −log p of each token [k], and the entropy of the distribution that it was drawn from [k]. */
  STATISTICS: {
    outputs: (model, shard) => {
      const { losses, entropies } = tokenStatistics(model, shard, shard);
      return [losses, entropies];
    },
    loss: null,
  },
  /** The scalar head at each position [k]. */
  SCORES: {
    outputs: (model, shard) => [scores(model, shard, shard.positions)],
    loss: null,
  },
  /** −log π of each token [k]. */
  POLICY: {
    outputs: (model, shard) => [tokenLosses(model, shard, shard)],
    loss: (outputs, shard) => clippedPolicyLoss(first(outputs), shard),
  },
  /** The value of each state [k]. */
  VALUES: {
    outputs: (model, shard) => [scores(model, shard, shard.positions)],
    loss: (outputs, shard) => clippedValueLoss(first(outputs), shard),
  },
};

/** The objective of a shard. */
const objectiveOf = (shard: Shard): Objective<Shard> => OBJECTIVES[shard.objective] as Objective<Shard>;

/** What a model says of a shard: vectors on the backend. */
export const outputsOf = (model: Model, shard: Shard): readonly Tensor[] => objectiveOf(shard).outputs(model, shard);

/** The loss of what a model said of a shard. */
export function lossOf(outputs: readonly Float32Array[], shard: Shard): LossSum {
  const { loss } = objectiveOf(shard);
  if (loss === null) throw new Error(`The numbers of ${shard.objective} are read; they have no loss.`);
  return loss(outputs, shard);
}
