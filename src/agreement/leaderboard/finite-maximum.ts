import { comparedGroups, membersOf, strongComponents } from "./components.js";
import type { PairCounts } from "./pair-counts.js";

/** Names that a sentence lists; the others are counted. */
const NAMED = 5;

/**
 * Why the Bradley–Terry likelihood of these counts has no finite maximum, in a sentence that names the sources; null where it
 * has one. It has one exactly where every source reaches every other by a chain of "was preferred to or tied with": ties count as half
 * a win for both. Else the strengths of some sources run off to infinity.
 * @param names of the sources. [sources]
 * Source: Ford 1957, "Solution of a Ranking Problem from Binary Comparisons"; Hunter 2004, assumption 1.
 */
export function whyNoFiniteMaximum(counts: PairCounts, names: readonly string[]): string | null {
  const components = strongComponents(counts);
  if (components.count <= 1) {
    return null;
  }
  const list = (sources: readonly number[]): string => listNames(sources.map((source) => names[source]!));
  const groups = membersOf(comparedGroups(counts));
  if (groups.length > 1) {
    const smallest = [...groups].sort((a, b) => a.length - b.length)[0]!;
    return `No strengths are likeliest: nothing compares ${list(smallest)} with the other sources.`;
  }
  const neverLose = new Array<boolean>(components.count).fill(true);
  const neverWin = new Array<boolean>(components.count).fill(true);
  const { groupOf } = components;
  counts.first.forEach((source, pair) => {
    const [a, b] = [groupOf[source]!, groupOf[counts.second[pair]!]!];
    if (a === b) {
      return;
    }
    // Between components all comparisons went one way.
    const [winner, loser] = counts.firstWins[pair]! > 0 ? [a, b] : [b, a];
    neverLose[loser] = false;
    neverWin[winner] = false;
  });
  const members = membersOf(components);
  const ends = (is: readonly boolean[], says: (few: string, isOne: boolean) => string): string[] =>
    members
      .filter((_, component) => is[component])
      .map((sources) => ({ few: list(sources), isOne: sources.length === 1 }))
      .sort((a, b) => (a.few < b.few ? -1 : 1))
      .slice(0, NAMED)
      .map(({ few, isOne }) => says(few, isOne));
  const parts = [
    ...ends(neverLose, (few, isOne) => (isOne ? `${few} only wins` : `${few} only win against the others`)),
    ...ends(neverWin, (few, isOne) => (isOne ? `${few} only loses` : `${few} only lose against the others`)),
  ];
  return `No strengths are likeliest: ${parts.join(", ")}.`;
}

/** "a", "a and b", "a, b and 7 more". */
export function listNames(names: readonly string[]): string {
  const sorted = [...names].sort();
  const shown = sorted.slice(0, sorted.length > NAMED ? NAMED - 1 : NAMED);
  const rest = sorted.length - shown.length;
  const parts = [...shown.map((name) => JSON.stringify(name)), ...(rest > 0 ? [`${rest} more`] : [])];
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}
