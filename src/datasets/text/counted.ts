/** A count in a sentence, with its noun, in the singular where it is one: "1 byte", "2000 bytes". */
export const counted = (count: number | bigint, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 || count === 1n ? one : many}`;

/** A count as a person reads it, with commas: "1,234". */
export const count = (n: number): string => n.toLocaleString("en-US");

/** The same with its noun, in the singular where it is one: "1 prompt", "1,234 prompts". */
export const countOf = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
