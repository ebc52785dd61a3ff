import { countOf } from "../../datasets/text/counted.js";
import { SPLITS, type Split } from "../../vocabulary.js";
import { type Client, Refusal } from "../server/client.js";
import { print, printJson, table } from "../terminal/output.js";

export interface SplitsOptions {
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
  readonly seed?: number;
  readonly groupBy?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** The shares where none is given; what is left by those that are given is divided as these are. */
const SHARES = { train: 0.8, validation: 0.1, test: 0.1 };
type Shares = Readonly<Record<keyof typeof SHARES, number>>;

/** The sizes of the splits. */
const COUNTS = SPLITS.map((split) => `${split}: prompts(filter: { splits: [${split}] }, first: 0) { totalCount }`);
const FIELDS = `slug revision all: prompts(first: 0) { totalCount } ${COUNTS.join(" ")}
  splitPolicy { train validation test seed groupBy assignedAt }`;

type Counted = Readonly<Record<Split | "all", { readonly totalCount: number }>>;
type Divided = Counted & {
  readonly slug: string;
  readonly revision: number;
  readonly splitPolicy: Shares & { readonly seed: number; readonly groupBy: string };
};

/** Gives the prompts of a dataset their splits, and prints how many each has. */
export async function splitDataset(client: Client, slug: string, options: SplitsOptions): Promise<void> {
  const { dataset } = await client.graphql<{ dataset: { id: string } | null }>(
    "query ($slug: String!) { dataset(slug: $slug) { id } }",
    { slug },
  );
  if (!dataset) throw new Refusal(`There is no dataset ${slug}.`);
  const { train, validation, test, seed, groupBy } = options;
  const input = {
    datasetId: dataset.id,
    ...sharesOf({ train, validation, test }),
    seed,
    groupBy,
    onlyUnassigned: !options.all,
  };
  const answer = await client.graphql<{ assignSplits: Divided }>(
    `mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { ${FIELDS} } }`,
    { input },
  );
  const { assignSplits: divided } = answer;
  if (options.json) return printJson(divided);
  const all = divided.all.totalCount;
  const policy = divided.splitPolicy;
  const by = policy.groupBy === "AUTHOR" ? "an author's prompts together" : "each prompt for itself";
  print(`${divided.slug}, revision ${divided.revision}: ${countOf(all, "prompt")}, seed ${policy.seed}, ${by}`);
  print();
  print(
    table(
      ["split", "prompts", "share"],
      SPLITS.map((split) => {
        const prompts = divided[split].totalCount;
        return [split, prompts, all === 0 ? null : `${((prompts / all) * 100).toFixed(1)} %`];
      }),
    ),
  );
}

/** The three shares: those that are given, and what they leave, divided among the others. */
export function sharesOf(given: Partial<Shares>): Shares {
  const names = Object.keys(SHARES) as (keyof Shares)[];
  const others = names.filter((name) => given[name] === undefined);
  if (others.length === names.length || others.length === 0) return { ...SHARES, ...given };
  const taken = names.reduce((sum, name) => sum + (given[name] ?? 0), 0);
  const weight = others.reduce((sum, name) => sum + SHARES[name], 0);
  // Decimals as people write them: 1 − 0.9 is 0.1 here, and never below 0, so that the server's rule is what is told.
  const rest = (name: keyof Shares) => Number(((Math.max(0, 1 - taken) * SHARES[name]) / weight).toFixed(12));
  return { ...SHARES, ...given, ...Object.fromEntries(others.map((name) => [name, rest(name)])) };
}
