/** Names where there is little room: never two that look the same, and never without a place for all of their characters. */

/** How wide a name may be, in em, before its middle is left out. */
export const SHORT = 9.5;
export const LONG = 20;

/**
 * Scripts whose characters fill a square: a name with one of them stands in a narrow column one character below the other, each
 * upright. That is set character by character and not as vertical text, for fonts without vertical metrics (WenQuanYi) would
 * draw the characters of vertical text over each other.
 */
const UPRIGHT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303f\uff01-\uff60]/u;

export const isUpright = (name: string): boolean => UPRIGHT.test(name);

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
export const inGraphemes = (text: string): string[] => [...graphemes.segment(text)].map(({ segment }) => segment);

/** What a character takes of a column, in em. */
export const LINE = 1.15;

/** How wide a name is in em, at least: no usual font for the screen needs more. */
export const widthOf = (name: string): number => inGraphemes(name).reduce((sum, one) => sum + widthOfGrapheme(one), 0);

function widthOfGrapheme(grapheme: string): number {
  if (/\p{Extended_Pictographic}/u.test(grapheme)) return 1.4;
  if (UPRIGHT.test(grapheme)) return 1.02;
  return /^[a-ln-vx-z0-9 .,:;'|()[\]/_-]$/u.test(grapheme) ? 0.64 : 1;
}

/**
 * What stands for each of some names: the name where it is short enough, else its beginning and its end with "…" between
 * them. Where two would look the same, because what tells them apart is left out or cannot be seen (spaces, invisible and
 * composed characters), each of them gets a number.
 * @param most width in em @returns as many as names, all of them different
 */
export function shortNames(names: readonly string[], most: number): string[] {
  const short = names.map((name) => shortened(name, most));
  const alike = new Map<string, number>();
  for (const one of short) alike.set(lookOf(one), (alike.get(lookOf(one)) ?? 0) + 1);
  const taken = new Set(short.map(lookOf));
  return short.map((one, place) => {
    if (alike.get(lookOf(one)) === 1) return one;
    for (let number = 1; ; number++) {
      const mark = `\u2009#${number}`;
      const marked = `${shortened(names[place]!, most - widthOf(mark))}${mark}`;
      if (taken.has(lookOf(marked))) continue;
      taken.add(lookOf(marked));
      return marked;
    }
  });
}

function shortened(name: string, most: number): string {
  if (widthOf(name) <= most) return name;
  const all = inGraphemes(name);
  const [head, tail]: [string[], string[]] = [[], []];
  let left = most - 1; // for the dots
  for (let [first, last] = [0, all.length - 1]; first <= last; ) {
    const isHead = head.length <= tail.length;
    const next = all[isHead ? first : last]!;
    left -= widthOfGrapheme(next);
    if (left < 0) break;
    if (isHead) head.push(next);
    else tail.unshift(next);
    if (isHead) first++;
    else last--;
  }
  return `${head.join("")}…${tail.join("")}`;
}

/** What an eye sees of a name. */
const lookOf = (name: string): string =>
  name
    .normalize("NFKC")
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
