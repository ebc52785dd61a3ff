import { type Client, Refusal } from "../client.js";
import { count, print, printJson, table } from "../output.js";

/** What `accord stats` asks. */
const STATS = `query ($slug: String!) {
  dataset(slug: $slug) {
    slug name revision
    prompts(first: 0) { totalCount }
    demonstrations(first: 0) { totalCount }
    rankings(first: 0) { totalCount }
    sources { name completions prompts latestVersion }
    splitSizes { stage split source prompts examples }
    useCases { useCase prompts share }
  }
}`;

export interface Stats {
  readonly slug: string;
  readonly name: string;
  readonly revision: number;
  readonly prompts: { readonly totalCount: number };
  readonly demonstrations: { readonly totalCount: number };
  readonly rankings: { readonly totalCount: number };
  readonly sources: readonly { name: string; completions: number; prompts: number; latestVersion: number }[];
  readonly splitSizes: readonly { stage: string; split: string; source: string; prompts: number; examples: number }[];
  readonly useCases: readonly { useCase: string | null; prompts: number; share: number }[];
}

/** Asks for the sizes of a dataset. */
export async function readStats(client: Client, slug: string): Promise<Stats> {
  const { dataset } = await client.graphql<{ dataset: Stats | null }>(STATS, { slug });
  if (!dataset) throw new Refusal(`There is no dataset ${slug}.`);
  return dataset;
}

/** Prints the sizes of a dataset: totals, splits by stage (Table 6), use cases (Table 1), sources. */
export async function showStats(client: Client, slug: string, options: { json?: boolean }): Promise<void> {
  const stats = await readStats(client, slug);
  if (options.json) return printJson(stats);
  printStats(stats);
}

export function printStats(stats: Stats): void {
  const { prompts, demonstrations, rankings } = stats;
  print(`${stats.name} (${stats.slug}), revision ${stats.revision}`);
  print(
    `${count(prompts.totalCount)} prompts, ${count(demonstrations.totalCount)} demonstrations, ${count(rankings.totalCount)} rankings`,
  );
  print();
  print(
    table(
      ["stage", "split", "source", "prompts", "examples"],
      stats.splitSizes.map((s) => [s.stage, s.split, s.source, s.prompts, s.examples]),
    ),
  );
  print();
  print(
    table(
      ["use case", "prompts", "share"],
      stats.useCases.map((u) => [u.useCase ?? "(not annotated)", u.prompts, `${(u.share * 100).toFixed(1)} %`]),
    ),
  );
  if (stats.sources.length === 0) return;
  print();
  print(
    table(
      ["completions by", "completions", "prompts", "version"],
      stats.sources.map((s) => [s.name, s.completions, s.prompts, s.latestVersion]),
    ),
  );
}
