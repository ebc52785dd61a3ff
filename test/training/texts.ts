/** Made-up texts with words of different frequencies (Zipf), of 100 to 400 characters, the same in every run. */
import { keyedRandom, type Random } from "../../src/random.js";

const WORDS = 4000;

/** @param count texts @param characters what words are made of @param longest characters of a word @param between words */
function texts(count: number, name: string, characters: readonly string[], longest: number, between: string): string[] {
  const random = keyedRandom([7, name]);
  const pick = <T>(items: readonly T[]): T => items[random.nextBelow(items.length)] as T;
  const words = Array.from({ length: WORDS }, () =>
    Array.from({ length: 1 + random.nextBelow(longest) }, () => pick(characters)).join(""),
  );
  return Array.from({ length: count }, () => textOf(random, words, between));
}

function textOf(random: Random, words: readonly string[], between: string): string {
  const length = 100 + random.nextBelow(300);
  let text = "";
  while ([...text].length < length) text += words[Math.floor(WORDS ** random.nextUnit()) - 1] + between;
  return text;
}

const range = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, offset) => String.fromCodePoint(from + offset));

export const englishTexts = (count: number): string[] => texts(count, "en", range(0x61, 26), 8, " ");
export const russianTexts = (count: number): string[] => texts(count, "ru", range(0x430, 32), 8, " ");
/** Two and a half thousand characters, words of one to three without spaces. */
export const chineseTexts = (count: number): string[] => texts(count, "zh", range(0x4e00, 2500), 3, "");
export const koreanTexts = (count: number): string[] => texts(count, "ko", range(0xac00, 1500), 3, " ");
