import { createHash } from "node:crypto";
import { badInput } from "./errors.js";

// Looked up once: in a context of its own, as tests run in, a global costs more than a draw.
const { floor, imul } = Math;

/** A stream of uniform numbers: the only source of chance in the pure folders, always given as an argument. */
export interface Random {
  /** The next 32 bits, an integer in [0, 2³²). */
  nextUint32(): number;
  /** An integer in [0, bound); some values are likelier than others by at most bound / 2³² (0.02 % at a million). */
  nextBelow(bound: number): number;
  /** A real number in [0, 1) with 32 random bits. */
  nextUnit(): number;
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/**
 * xoshiro128** 1.1 from a given state of four 32-bit words, not all zero.
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47 (2021), section 5.
 */
export function randomFromState(s0: number, s1: number, s2: number, s3: number): Random {
  // In a typed array, so that words above 2³⁰ are not boxed: a draw costs a few nanoseconds.
  const state = Int32Array.of(s0, s1, s2, s3);
  const nextUint32 = (): number => {
    const result = imul(rotateLeft(imul(state[1]!, 5), 7), 9) >>> 0;
    const t = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= t;
    state[3] = rotateLeft(state[3]!, 11);
    return result;
  };
  return {
    nextUint32,
    nextBelow: (bound) => floor((nextUint32() * bound) / 4294967296),
    nextUnit: () => nextUint32() / 4294967296,
  };
}

/**
 * A generator whose whole stream is fixed by the seed: xoshiro128** whose state is the first 128 bits of SplitMix64 started
 * at the seed (as an unsigned 32-bit number), low word first, as its authors recommend.
 *
 * @param seed any integer that fits 32 bits with a sign; anything else is refused.
 */
export function createRandom(seed: number): Random {
  if ((seed | 0) !== seed) {
    throw badInput(`Seed is ${seed}; it must be an integer from -2147483648 to 2147483647.`, "seed");
  }
  let state = BigInt(seed >>> 0);
  const splitMix64 = (): bigint => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  const [first, second] = [splitMix64(), splitMix64()];
  const low = (word: bigint): number => Number(BigInt.asIntN(32, word));
  return randomFromState(low(first), low(first >> 32n), low(second), low(second >> 32n));
}

/**
 * A generator of its own for everything that has a name: its state is the first 128 bits of the SHA-256 of the key as JSON.
 * So what is drawn for one thing depends on no other draw, nor on which thread makes it or whether a run was resumed.
 *
 * @param key what the stream is for, such as [seed, "dropout", step, shard]
 */
export function keyedRandom(key: readonly (number | string)[]): Random {
  const hash = createHash("sha256").update(JSON.stringify(key)).digest();
  return randomFromState(hash.readInt32LE(0), hash.readInt32LE(4), hash.readInt32LE(8), hash.readInt32LE(12));
}
