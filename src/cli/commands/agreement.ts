import { writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { count, countOf } from "../../datasets/text/counted.js";
import { reasonOf } from "../../system-errors.js";
import { unwritable, writeAtomically } from "../server/atomic-write.js";
import { type Client, Refusal, WrongUsage } from "../server/client.js";
import { compared, download, expectedOf } from "../server/download.js";
import { fraction, print, table } from "../terminal/output.js";

const AGREEMENT = `query ($slug: String!, $input: AgreementInput!) {
  dataset(slug: $slug) {
    agreement(input: $input) {
      measure tiePolicy units pairableUnits labelers judgments repeats clusters warnings
      coefficients { name value reason ci95 { low high } standardError n }
    }
  }
}`;

/** An agreement report as the command line asks for it. */
export interface AgreementAnswer {
  readonly measure: string;
  readonly tiePolicy: string;
  readonly units: number;
  readonly pairableUnits: number;
  readonly labelers: number;
  readonly judgments: number;
  readonly repeats: number;
  readonly clusters: number;
  readonly warnings: readonly string[];
  readonly coefficients: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly reason: string | null;
    readonly ci95: { readonly low: number; readonly high: number } | null;
    readonly standardError: number | null;
    readonly n: number;
  }[];
}

/** Whose judgments of which prompts, as the command line takes it; lists are separated by commas. */
export interface JudgmentOptions {
  readonly pool?: string;
  readonly labelers?: string;
  readonly split?: string;
  readonly useCases?: string;
  readonly sources?: string;
  readonly from?: string;
  readonly to?: string;
  readonly instructions?: string;
}

/** The arguments of an agreement report, as the command line takes them. */
export interface AgreementFlags extends JudgmentOptions {
  readonly measure: string;
  readonly label?: string;
  readonly tiePolicy: string;
  readonly cluster: string;
  readonly resamples: number;
  readonly seed: number;
}

/** How the answer is given: a page as a file, CSV, JSON, or else a table. */
export interface AgreementForms {
  readonly minUnits?: number;
  readonly html?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** The fields of AgreementInput and of RankingFilter that say whose judgments of which prompts. */
export const judgmentInput = (options: JudgmentOptions) => ({
  pool: options.pool,
  labelerIds: items(options.labelers),
  split: options.split,
  useCases: items(options.useCases),
  sources: items(options.sources),
  createdFrom: options.from,
  createdTo: options.to,
  instructionVersionId: options.instructions,
});

/** The fields of AgreementInput that are given. */
export const agreementInput = (options: AgreementFlags) => ({
  measure: options.measure,
  label: options.label,
  tiePolicy: options.tiePolicy,
  ...judgmentInput(options),
  cluster: options.cluster,
  resamples: options.resamples,
  seed: options.seed,
});

const items = (list: string | undefined): string[] | undefined => list?.split(",").map((item) => item.trim());

/** Asks how far the labelers of a dataset agree. */
export async function readAgreement(client: Client, slug: string, options: AgreementFlags): Promise<AgreementAnswer> {
  const { dataset } = await client.graphql<{ dataset: { agreement: AgreementAnswer } | null }>(AGREEMENT, {
    slug,
    input: agreementInput(options),
  });
  if (!dataset) throw new Refusal(`There is no dataset ${slug}.`);
  return dataset.agreement;
}

/** Prints the coefficients of agreement with their intervals; or writes the whole report as a page, CSV or JSON. */
export async function showAgreement(
  client: Client,
  slug: string,
  options: AgreementFlags & AgreementForms,
): Promise<void> {
  const forms = [options.html !== undefined && "--html", options.csv && "--csv", options.json && "--json"];
  const asked = forms.filter((form) => typeof form === "string");
  if (asked.length > 1) throw new WrongUsage(`Give one of ${asked.join(" and ")}.`);
  if (asked.length === 0) return printAgreement(await readAgreement(client, slug, options));
  const form = options.html !== undefined ? "html" : options.csv ? "csv" : "json";
  const text = await readReport(client, slug, form, options);
  if (options.html === undefined || options.html === "-") {
    process.stdout.write(text);
    return;
  }
  try {
    await writeAtomically(options.html, (target) => writeFile(target, text));
  } catch (error) {
    throw unwritable(options.html, error);
  }
  print(`${options.html} is written: open it in a browser; it needs no network.`);
}

/** The whole report as the server writes it. */
async function readReport(
  client: Client,
  slug: string,
  form: "html" | "csv" | "json",
  options: AgreementFlags & AgreementForms,
): Promise<string> {
  const given = Object.entries({ ...agreementInput(options), minUnits: options.minUnits });
  const query = new URLSearchParams();
  for (const [name, value] of given) if (value !== undefined) query.set(name, String(value));
  const response = await download(client, `/datasets/${encodeURIComponent(slug)}/agreement.${form}?${query}`);
  const body = response.body as unknown as AsyncIterable<Uint8Array>;
  try {
    return (await buffer(compared(body, expectedOf(response)))).toString();
  } catch (error) {
    throw new Refusal(`The report broke off: ${reasonOf(error)}.`);
  }
}

export function printAgreement(report: AgreementAnswer): void {
  print(
    `${report.measure}: ${countOf(report.labelers, "labeler")}, ${countOf(report.judgments, "judgment")} on ${countOf(report.units, "unit")}, ` +
      `${count(report.pairableUnits)} of them by two or more; ${countOf(report.clusters, "cluster")}, ${countOf(report.repeats, "repeat")}`,
  );
  print();
  print(
    table(
      ["coefficient", "value", "95 % interval", "n"],
      report.coefficients.map((c) => [
        c.name,
        fraction(c.value),
        c.ci95 ? `${fraction(c.ci95.low)} … ${fraction(c.ci95.high)}` : null,
        c.n,
      ]),
    ),
  );
  const becauseOf = new Map<string, string[]>();
  for (const { name, reason } of report.coefficients)
    if (reason) becauseOf.set(reason, [...(becauseOf.get(reason) ?? []), name]);
  for (const [reason, names] of becauseOf) print(`${names.join(", ")}: ${reason}`);
  for (const warning of report.warnings) print(`Note: ${warning}`);
}
