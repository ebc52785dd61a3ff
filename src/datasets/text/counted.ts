/** A count with its noun, in the singular where it is one: "1 byte", "2 bytes". */
export const counted = (count: number | bigint, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 || count === 1n ? one : many}`;
