/** Rollouts as batches that models compute: responses stand as the ids that were sampled, never as text that is encoded anew. */

import type { PpoConfig } from "../config/ppo.js";
import { partOf } from "../config/shard-layout.js";
import type {
  PolicyShard,
  ScoreShard,
  StatisticsShard,
  TokenShard,
  TrainingBatch,
  ValueShard,
} from "../optimization/objectives.js";
import { concatenate, shardsOf } from "../shards/batches.js";
import type { Sequences } from "../tensors/sequences.js";
import type { PpoTargets } from "./experience.js";
import { stateCount } from "./rewards.js";

/** A context and what the policy said after it. */
export interface Rollout {
  /** Context and response; the response ends with <|endoftext|> where it was sampled, and has at least one token. */
  readonly ids: Int32Array;
  readonly contextLength: number;
  readonly hasEnded: boolean;
  /** How many of its states have a value: one for each token, and with AFTER_EOS one more. */
  readonly states: number;
}

/** A rollout with what is to be learned from it. */
export interface Episode extends Rollout, PpoTargets {
  readonly oldLogProbs: Float32Array;
  readonly oldValues: Float32Array;
}

export const responseLength = ({ ids, contextLength }: Rollout): number => ids.length - contextLength;

/** To read the log-probability and the entropy of each token of the responses. */
export const statisticsBatch = (rollouts: readonly Rollout[], temperature: number): TrainingBatch<StatisticsShard> =>
  shardsOf(rollouts, (rows) => ({ objective: "STATISTICS", ...tokensOf(rows), temperature, divisor: 1 }));

/** To read the log-probabilities alone, as the reference's are. */
export const tokenBatch = (rollouts: readonly Rollout[], temperature: number): TrainingBatch<TokenShard> =>
  shardsOf(rollouts, (rows) => ({ objective: "TOKENS", ...tokensOf(rows), temperature, divisor: 1 }));

/** To read the score of each response: of the text up to its last token. */
export const scoreBatch = (rollouts: readonly Rollout[]): TrainingBatch<ScoreShard> =>
  shardsOf(rollouts, (rows) => ({
    objective: "SCORES",
    ...readAt(rows, ({ ids }) => ({ first: ids.length - 1, count: 1 })),
    divisor: 1,
  }));

/** To read the value of each state. */
export const valueBatch = (rollouts: readonly Rollout[]): TrainingBatch<ScoreShard> =>
  shardsOf(rollouts, (rows) => ({ objective: "SCORES", ...statesOf(rows), divisor: 1 }));

/** A minibatch for the policy: its loss is the mean over all tokens of its responses. */
export function policyBatch(
  episodes: readonly Episode[],
  { temperature, clipRatio }: { readonly temperature: number; readonly clipRatio: number },
): TrainingBatch<PolicyShard> {
  const divisor = sum(episodes.map(responseLength));
  return shardsOf(episodes, (rows) => ({
    objective: "POLICY",
    ...tokensOf(rows),
    temperature,
    oldLogProbs: join(rows.map(({ oldLogProbs }) => oldLogProbs)),
    advantages: join(rows.map(({ advantages }) => advantages)),
    clipRatio,
    divisor,
  }));
}

/** A minibatch for the value model: its loss is the mean over all states. */
export function valueUpdateBatch(
  episodes: readonly Episode[],
  { valueClipRatio }: { readonly valueClipRatio: number },
): TrainingBatch<ValueShard> {
  const divisor = sum(episodes.map(({ states }) => states));
  return shardsOf(episodes, (rows) => ({
    objective: "VALUES",
    ...statesOf(rows),
    oldValues: join(rows.map(({ oldValues }) => oldValues)),
    returns: join(rows.map(({ returns }) => returns)),
    clipRatio: valueClipRatio,
    divisor,
  }));
}

/**
 * What a model said of the shards of a batch, row by row.
 * @param outputs of each shard the vectors @param counts how many numbers of each vector a row has
 * @returns of each row the vectors
 */
export function byRow(outputs: readonly (readonly Float32Array[])[], counts: readonly number[]): Float32Array[][] {
  return outputs.flatMap((vectors, shard) => {
    let end = 0;
    return counts.slice(...partOf(counts.length, outputs.length, shard)).map((count) => {
      end += count;
      return vectors.map((vector) => vector.slice(end - count, end));
    });
  });
}

interface Positions extends Sequences {
  readonly positions: Int32Array;
}

/** Each token of the responses is said by the position before it. */
function tokensOf(rows: readonly Rollout[]): Positions & { readonly targets: Int32Array } {
  const read = readAt(rows, (row) => ({ first: row.contextLength - 1, count: responseLength(row) }));
  return { ...read, targets: join(rows.map(({ ids, contextLength }) => ids.subarray(contextLength))) };
}

/** The value of the state before each token is said by that position too; so token and state share their place. */
const statesOf = (rows: readonly Rollout[]): Positions =>
  readAt(rows, ({ contextLength, states }) => ({ first: contextLength - 1, count: states }));

/** Read rows as far as is needed for some consecutive positions of each. */
function readAt<Row extends Rollout>(
  rows: readonly Row[],
  placesOf: (row: Row) => { readonly first: number; readonly count: number },
): Positions {
  const places = rows.map(placesOf);
  const texts = rows.map(({ ids }, row) => ids.subarray(0, places[row]!.first + places[row]!.count));
  const { ids, lengths, starts } = concatenate(texts);
  const positions = places.flatMap(({ first, count }, row) =>
    Array.from({ length: count }, (_, place) => starts[row]! + first + place),
  );
  return { ids, lengths, positions: Int32Array.from(positions) };
}

function join<Numbers extends Float32Array | Int32Array>(parts: readonly Numbers[]): Numbers {
  const kind = (parts[0] as Numbers).constructor as new (length: number) => Numbers;
  const joined = new kind(sum(parts.map(({ length }) => length)));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** A context and what was said after it. */
export function rolloutOf(
  context: readonly number[],
  response: readonly number[],
  endOfText: number,
  config: Pick<PpoConfig, "rewardPlacement" | "maxResponseTokens">,
): Rollout {
  const hasEnded = response.at(-1) === endOfText;
  return {
    ids: Int32Array.of(...context, ...response),
    contextLength: context.length,
    hasEnded,
    states: stateCount(response.length, hasEnded, config),
  };
}
