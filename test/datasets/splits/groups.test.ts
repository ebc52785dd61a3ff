import { type Connected, connectedGroups } from "../../../src/datasets/splits/groups.js";
import { foldText } from "../../../src/datasets/text/folding.js";
import { Random, SEED } from "../random.js";

test.each([
  ["Hello,\n\tWORLD ", "hello, world"],
  ["Straße", "STRASSE"],
  ["ﬁne", "FINE"],
  ["ΟΔΟΣ", "οδοσ"],
  ["οδός", "ΟΔΌΣ"],
  ["cafe\u0301", "CAFÉ"],
  ["１２３　ＡＢＣ", "123 abc"],
  ["a\u00a0b", "a b"],
])("%j and %j are the same text", (a, b) => {
  expect(foldText(a)).toBe(foldText(b));
});

test.each([
  ["resume", "résumé"],
  ["a b", "ab"],
  ["什么", "甚麼"],
  ["a.", "a"],
])("%j and %j are two texts", (a, b) => {
  expect(foldText(a)).not.toBe(foldText(b));
});

test(`folding twice is folding once (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 500; run++) {
    const once = foldText(random.text());
    expect(foldText(once)).toBe(once);
  }
  for (let point = 0; point < 0x20000; point += 1) {
    if (point >= 0xd800 && point < 0xe000) continue;
    const once = foldText(String.fromCodePoint(point));
    if (foldText(once) !== once)
      throw new Error(`U+${point.toString(16)} folds to ${once}, and that to ${foldText(once)}.`);
  }
});

const of = (author: string | null, folded: string): Connected => ({ author, folded });

test("an author's prompts are one group; equal texts join the groups of two authors", () => {
  expect(connectedGroups([of("u", "a"), of("v", "b"), of("u", "c"), of("w", "c"), of("v", "d")])).toEqual([
    0, 1, 0, 0, 1,
  ]);
});

test("a prompt without author is a group of its own, but for near-duplicates", () => {
  expect(connectedGroups([of(null, "a"), of(null, "b"), of(null, "a"), of("u", "b"), of("null", "c")])).toEqual([
    0, 1, 0, 1, 4,
  ]);
  expect(connectedGroups([])).toEqual([]);
});

test("a chain of a hundred thousand prompts is one group", () => {
  const chain = Array.from({ length: 100_000 }, (_, index) => of(`u${index >> 1}`, `t${(index + 1) >> 1}`));
  expect(new Set(connectedGroups(chain)).size).toBe(1);
  expect(new Set(connectedGroups(chain.reverse())).size).toBe(1);
});

test(`components are those of a naive walk (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 200; run++) {
    const prompts = random.list(0, 25, () =>
      of(random.chance(0.3) ? null : `u${random.int(0, 9)}`, `t${random.int(0, 14)}`),
    );
    expect(connectedGroups(prompts)).toEqual(naive(prompts));
  }
});

/** Breadth-first from every prompt in turn. */
function naive(prompts: readonly Connected[]): number[] {
  const component = prompts.map(() => -1);
  for (const [start] of prompts.entries()) {
    if (component[start] !== -1) continue;
    const queue = [start];
    for (const at of queue) {
      component[at] = start;
      const here = prompts[at] as Connected;
      for (const [index, other] of prompts.entries()) {
        const joined = other.folded === here.folded || (here.author !== null && other.author === here.author);
        if (joined && component[index] === -1 && !queue.includes(index)) queue.push(index);
      }
    }
  }
  return component;
}
