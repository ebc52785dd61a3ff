/** A second GPT, in loops over doubles, written from the papers alone: what the first is compared with. */
import type { Architecture } from "../../src/training/config/model-shape.js";
import { parametersOf } from "../../src/training/parameters.js";

type Matrix = number[][];

/** A parameter's number at some index. */
function lookUp(architecture: Architecture, values: ArrayLike<number>) {
  const places = new Map(parametersOf(architecture).map((parameter) => [parameter.name, parameter]));
  const at = (name: string, ...index: number[]): number => {
    const { offset, shape } = places.get(name) ?? { offset: Number.NaN, shape: [] };
    return values[offset + index.reduce((flat, one, axis) => flat * (shape[axis] as number) + one, 0)] as number;
  };
  return { places, at };
}

/** The last hidden states of one sequence, after the last LayerNorm, [length][C]. */
function plainHiddenStates(architecture: Architecture, values: ArrayLike<number>, ids: readonly number[]): Matrix {
  const { layers, heads, width } = architecture;
  const { places, at } = lookUp(architecture, values);
  const count = (name: string): number => places.get(name)?.shape.at(-1) as number;

  const linear = (name: string, x: Matrix): Matrix =>
    x.map((row) =>
      Array.from({ length: count(`${name}.bias`) }, (_, out) =>
        row.reduce((sum, value, into) => sum + value * at(`${name}.weight`, into, out), at(`${name}.bias`, out)),
      ),
    );
  const normalise = (name: string, x: Matrix): Matrix =>
    x.map((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return row.map(
        (value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * at(`${name}.weight`, i) + at(`${name}.bias`, i),
      );
    });
  const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const plus = (a: Matrix, b: Matrix): Matrix =>
    a.map((row, t) => row.map((value, i) => value + (b[t]?.[i] as number)));

  const attend = (qkv: Matrix): Matrix => {
    const size = width / heads;
    return qkv.map((own, t) =>
      Array.from({ length: width }, (_, channel) => {
        const first = Math.floor(channel / size) * size;
        const scores = qkv.slice(0, t + 1).map((other) => {
          let score = 0;
          for (let i = first; i < first + size; i++) score += (own[i] as number) * (other[width + i] as number);
          return Math.exp(score / Math.sqrt(size));
        });
        const total = scores.reduce((a, b) => a + b, 0);
        return scores.reduce((sum, score, s) => sum + (score / total) * (qkv[s]?.[2 * width + channel] as number), 0);
      }),
    );
  };

  let x: Matrix = ids.map((id, t) =>
    Array.from({ length: width }, (_, i) => at("wte.weight", id, i) + at("wpe.weight", t, i)),
  );
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
  const { at } = lookUp(architecture, values);
  return plainHiddenStates(architecture, values, ids).map((row) =>
    Array.from({ length: architecture.vocabularySize }, (_, token) =>
      row.reduce((sum, value, i) => sum + value * at("wte.weight", token, i), 0),
    ),
  );
}

/** The scalar head at every position of one sequence, [length]. */
export function plainScores(architecture: Architecture, values: ArrayLike<number>, ids: readonly number[]): number[] {
  const { at } = lookUp(architecture, values);
  return plainHiddenStates(architecture, values, ids).map((row) =>
    row.reduce((sum, value, i) => sum + value * at("score.weight", i, 0), at("score.bias", 0)),
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
    return most + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) - (row[target] as number);
  });
}
