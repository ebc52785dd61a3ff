/**
 * The bias of a reward model in a classifier's layout, whose head has none: w·h + b stands in the last LayerNorm's bias,
 * β + b·w / |w|², for then w·h' = w·h + b. Rounding makes that no way back, so β and b stand in the file's metadata, too;
 * they are believed where they give the very β' that the file has.
 */
import { JobFailure } from "../../errors.js";

/** What of a reward model the bias is folded into. */
export interface ScalarHead {
  /** β, the bias of the last LayerNorm. */
  readonly normBias: Float32Array;
  /** w. */
  readonly weight: Float32Array;
  /** b. */
  readonly bias: number;
}

/** Names in the metadata; the numbers stand there as base64 of little-endian float32. */
const NORM_BIAS = "accord.ln_f.bias";
const BIAS = "accord.score.bias";

/**
 * β + b·w / |w|², computed in doubles; without a bias β.
 * @throws JobFailure UNPROCESSABLE: a bias beside weights that are all 0
 */
export function foldBias({ normBias, weight, bias }: ScalarHead): Float32Array {
  if (bias === 0) return normBias;
  const square = weight.reduce((sum, one) => sum + one * one, 0);
  if (!(square > 0))
    throw new JobFailure(
      "UNPROCESSABLE",
      `The reward model learned nothing: the weights of its head are all 0, and each text scores ${bias}. A classifier of Hugging Face's has no bias to say that with; the model's own file can be downloaded (format=native).`,
    );
  return normBias.map((one, i) => one + (bias * weight[i]!) / square);
}

/** What the metadata carry of a head, so that foldBias can be undone to the bit; nothing where there is nothing to undo. */
export const foldedMetadata = ({ normBias, bias }: ScalarHead): Record<string, string> =>
  bias === 0 ? {} : { [NORM_BIAS]: base64Of(normBias), [BIAS]: base64Of(Float32Array.of(bias)) };

/**
 * The inverse of foldBias.
 * @param folded β', the file's ln_f.bias @param weight w
 * @returns β and b of the metadata where they give β'; else, as in a file of any other program, β' and 0
 */
export function unfoldBias(
  metadata: Readonly<Record<string, string>>,
  folded: Float32Array,
  weight: Float32Array,
): Pick<ScalarHead, "normBias" | "bias"> {
  const normBias = floatsOf(metadata[NORM_BIAS] ?? "");
  const [bias = 0] = floatsOf(metadata[BIAS] ?? "");
  const isKnown = bias !== 0 && Number.isFinite(bias) && normBias.length === folded.length && weight.some(Boolean);
  const isTrue = isKnown && foldBias({ normBias, weight, bias }).every((one, i) => one === folded[i]);
  return isTrue ? { normBias, bias } : { normBias: folded, bias: 0 };
}

const base64Of = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");

function floatsOf(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  const whole = bytes.length - (bytes.length % Float32Array.BYTES_PER_ELEMENT);
  return new Float32Array(Uint8Array.from(bytes.subarray(0, whole)).buffer);
}
