import { count, countOf } from "../../datasets/text/counted.js";
import { type Client, Refusal } from "../server/client.js";
import { print, printJson, table } from "../terminal/output.js";

/** What `accord stats` asks. */
const STATS = `query ($slug: String!) {
  dataset(slug: $slug) {
    slug name revision
    prompts(first: 0) { totalCount }
    withSplit: prompts(filter: { splits: [TRAIN, VALIDATION, TEST] }, first: 0) { totalCount }
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
  readonly withSplit: { readonly totalCount: number };
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
    `${countOf(prompts.totalCount, "prompt")}, ${countOf(demonstrations.totalCount, "demonstration")}, ${countOf(rankings.totalCount, "ranking")}`,
  );
  if (stats.splitSizes.length > 0) {
    print();
    print(
      table(
        ["stage", "split", "source", "prompts", "examples"],
        stats.splitSizes.map((s) => [s.stage, s.split, s.source, s.prompts, s.examples]),
      ),
    );
  }
  const missing = notInSizes(stats);
  if (missing !== null) {
    print();
    print(missing);
  }
  if (prompts.totalCount === 0) return;
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

/** Why the sizes of the stages are empty, or lack prompts; null where they do not. */
function notInSizes({ slug, prompts, withSplit, splitSizes }: Stats): string | null {
  const all = prompts.totalCount;
  const without = all - withSplit.totalCount;
  if (all === 0) return "It has no prompts.";
  if (without > 0) {
    const who = without === all ? "No prompt has a split, so no stage has a size" : withoutSplit(without);
    return `${who}: accord splits ${slug} gives ${without === 1 ? "it" : "them"} one.`;
  }
  return splitSizes.length > 0
    ? null
    : "No stage has a size: no prompt has a demonstration or a ranking with a strict pair, or is a customer's whom nobody has answered; or they are excluded.";
}

const withoutSplit = (prompts: number): string =>
  prompts === 1
    ? "1 prompt has no split and is in no stage"
    : `${count(prompts)} prompts have no split and are in no stage`;
