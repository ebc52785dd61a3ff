/** The debates of ukp-convarg as trainings read them, where the file lies beside the project. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { keyedRandom } from "../../dist/random.js";

const FILE = new URL("../../../shared/data/ukp-convarg.jsonl.gz", import.meta.url);

export const hasDebates = () => existsSync(FILE);

/** Prompts, a side of a debate each, with its arguments, every strict vote, and the arguments again as demonstrations. */
export function readDebates() {
  const records = gunzipSync(readFileSync(FILE)).toString().trimEnd().split("\n");
  return records.map((record) => {
    const { id, author, text, completions, rankings } = JSON.parse(record);
    const placeOf = new Map(completions.map(({ key }, place) => [key, place]));
    return {
      id,
      author,
      text,
      fewShot: [],
      source: "CUSTOMER",
      completions: completions.map((argument) => ({ id: argument.key, text: argument.text })),
      votes: rankings.flatMap(({ labeler, tiers }) =>
        votesOf(tiers).map((pair) => [labeler, ...pair.map((key) => placeOf.get(key))]),
      ),
      ties: 0,
      demonstrations: [...new Set(completions.map((argument) => argument.text))],
    };
  });
}

/** The strict pairs of tiers, best first: [winner, loser]. */
const votesOf = (tiers) =>
  tiers.flatMap((tier, place) =>
    tier.flatMap((winner) => tiers.slice(place + 1).flatMap((worse) => worse.map((loser) => [winner, loser]))),
  );

/** The debates in an order by chance, dealt to so many folds. */
export function foldsOf(prompts, count) {
  const debates = [...new Set(prompts.map(({ author }) => author))].sort();
  const random = keyedRandom([0, "folds"]);
  for (let last = debates.length - 1; last > 0; last--) {
    const other = random.nextBelow(last + 1);
    [debates[last], debates[other]] = [debates[other], debates[last]];
  }
  return Array.from({ length: count }, (_, fold) => debates.filter((_, place) => place % count === fold));
}
