/** Numbers in half precision, to tell a copy that was saved in it from a matrix of its own. */

/** Significant bits and the exponent of the least normal number: bfloat16, and binary16 of IEEE 754-2008. */
const HALVES = [
  { bits: 8, least: -126 },
  { bits: 11, least: -14 },
] as const;

/** Whether all numbers are those of an original, each rounded to the nearest, in one of the two half precisions. */
export const isRounded = (numbers: Float32Array, original: Float32Array): boolean =>
  HALVES.some((half) => numbers.every((one, i) => one === roundTo(original[i]!, half)));

/** The nearest number of so many significant bits; of two equally near ones that whose last bit is 0. */
function roundTo(value: number, { bits, least }: (typeof HALVES)[number]): number {
  if (value === 0) return value;
  const step = 2 ** (Math.max(exponentOf(value), least) - bits + 1);
  const steps = value / step;
  const below = Math.floor(steps);
  const rest = steps - below;
  return (rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below) * step;
}

const BITS = new DataView(new ArrayBuffer(4));

/** Of a float32: 2^e ≤ |value| < 2^(e+1); subnormal ones as the least normal one. */
function exponentOf(value: number): number {
  BITS.setFloat32(0, value);
  return Math.max(((BITS.getUint32(0) >> 23) & 0xff) - 127, -126);
}
