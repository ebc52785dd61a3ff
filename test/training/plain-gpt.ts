/** A second GPT, in loops over doubles, written from the papers alone: what the first is compared with. */
import type { Architecture } from "../../src/training/config/model-shape.js";
import { parametersOf } from "../../src/training/model/parameters.js";

type Matrix = number[][];

/** A parameter's numbers, by row and column; a vector is one column. */
function lookUp(architecture: Architecture, values: ArrayLike<number>) {
  const places = new Map(parametersOf(architecture).map((parameter) => [parameter.name, parameter]));
  return (name: string): { readonly at: (row: number, column?: number) => number; readonly columns: number } => {
    const { offset, shape } = places.get(name) ?? { offset: Number.NaN, shape: [] };
    const [, width = 1] = shape;
    return { at: (row, column = 0) => values[offset + row * width + column]!, columns: width };
  };
}

/** The last hidden states of one sequence, after the last LayerNorm, [length][C]. */
function plainHiddenStates(architecture: Architecture, values: ArrayLike<number>, ids: readonly number[]): Matrix {
  const { layers, heads, width } = architecture;
  const parameter = lookUp(architecture, values);

  const linear = (name: string, x: Matrix): Matrix => {
    const [weight, bias] = [parameter(`${name}.weight`), parameter(`${name}.bias`)];
    return x.map((row) =>
      Array.from({ length: weight.columns }, (_, out) =>
        row.reduce((sum, value, into) => sum + value * weight.at(into, out), bias.at(out)),
      ),
    );
  };
  const normalise = (name: string, x: Matrix): Matrix => {
    const [weight, bias] = [parameter(`${name}.weight`), parameter(`${name}.bias`)];
    return x.map((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight.at(i) + bias.at(i));
    });
  };
  const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, t) => row.map((value, i) => value + b[t]![i]!));

  const attend = (qkv: Matrix): Matrix => {
    const size = width / heads;
    return qkv.map((own, t) =>
      Array.from({ length: width }, (_, channel) => {
        const first = Math.floor(channel / size) * size;
        const scores = qkv.slice(0, t + 1).map((other) => {
          let score = 0;
          for (let i = first; i < first + size; i++) score += own[i]! * other[width + i]!;
          return Math.exp(score / Math.sqrt(size));
        });
        const total = scores.reduce((a, b) => a + b, 0);
        return scores.reduce((sum, score, s) => sum + (score / total) * qkv[s]![2 * width + channel]!, 0);
      }),
    );
  };

  const [tokens, places] = [parameter("wte.weight"), parameter("wpe.weight")];
  let x: Matrix = ids.map((id, t) => Array.from({ length: width }, (_, i) => tokens.at(id, i) + places.at(t, i)));
  for (let layer = 0; layer < layers; layer++) {
    const attended = attend(linear(`h.${layer}.attn.c_attn`, normalise(`h.${layer}.ln_1`, x)));
    x = plus(x, linear(`h.${layer}.attn.c_proj`, attended));
    const inner = linear(`h.${layer}.mlp.c_fc`, normalise(`h.${layer}.ln_2`, x)).map((row) => row.map(gelu));
    x = plus(x, linear(`h.${layer}.mlp.c_proj`, inner));
  }
  return normalise("ln_f", x);
}

/** The logits of every position of one sequence, [length][V]. */
export function plainLogits(architecture: Architecture, values: ArrayLike<number>, ids: readonly number[]): Matrix {
  const unembedding = lookUp(architecture, values)(architecture.untied ? "lm_head.weight" : "wte.weight");
  return plainHiddenStates(architecture, values, ids).map((row) =>
    Array.from({ length: architecture.vocabularySize }, (_, token) =>
      row.reduce((sum, value, i) => sum + value * unembedding.at(token, i), 0),
    ),
  );
}

/** The scalar head at every position of one sequence, [length]. */
export function plainScores(architecture: Architecture, values: ArrayLike<number>, ids: readonly number[]): number[] {
  const parameter = lookUp(architecture, values);
  const [weight, bias] = [parameter("score.weight"), parameter("score.bias")];
  return plainHiddenStates(architecture, values, ids).map((row) =>
    row.reduce((sum, value, i) => sum + value * weight.at(i), bias.at(0)),
  );
}

/** −log p of each id of a sequence from `contextLength` on, given those before it. */
export function plainLosses(
  architecture: Architecture,
  values: ArrayLike<number>,
  ids: readonly number[],
  contextLength: number,
): number[] {
  const logits = plainLogits(architecture, values, ids.slice(0, -1));
  return ids.slice(contextLength).map((target, i) => {
    const row = logits[contextLength + i - 1] as number[];
    const most = Math.max(...row);
    return most + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) - row[target]!;
  });
}
