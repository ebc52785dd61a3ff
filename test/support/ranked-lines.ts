/** Prompts with demonstrations, three ranked completions each, and prompts that wait for answers. */
export function rankedLines(): string {
  const colours = ["red", "green", "blue", "white", "black", "brown"];
  const lines = Array.from({ length: 24 }, (_, n) => {
    const colour = colours[n % colours.length];
    const split = n % 4 === 3 ? "VALIDATION" : "TRAIN";
    return {
      id: `p${n}`,
      text: `Say ${colour} ${n}.`,
      author: `a${n}`,
      split,
      demonstrations: [{ labeler: "w1", text: `${colour}!` }],
      completions: [
        { key: "A", source: "x", text: `${colour}!` },
        { key: "B", source: "y", text: "no" },
        { key: "C", source: "z", text: "no no no" },
      ],
      rankings: [
        { labeler: "w1", tiers: [["A"], ["B", "C"]] },
        { labeler: "w2", tiers: [["A"], ["B"], ["C"]] },
      ],
    };
  });
  const open = Array.from({ length: 8 }, (_, n) => ({
    id: `q${n}`,
    text: `Name ${colours[n % colours.length]}.`,
    author: `b${n}`,
    source: "CUSTOMER",
    split: n < 6 ? "TRAIN" : "VALIDATION",
  }));
  return [...lines, ...open].map((line) => `${JSON.stringify(line)}\n`).join("");
}
