/** When two texts count as the same for the purpose of keeping near-duplicates in one split. */

/**
 * A text without differences of Unicode form (NFKC), case and white space: folded texts are equal where the texts differ in
 * nothing else. Case goes down, up and down again, which folds as full
 * case folding does ("ẞ", "ß" and "SS"; the two small sigmas).
 */
export const foldText = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .normalize("NFKC")
    .replace(/\s+/gu, " ")
    .trim();
