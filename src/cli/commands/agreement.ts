import { type Client, Refusal } from "../client.js";
import { count, fraction, print, printJson, table } from "../output.js";

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

export interface AgreementOptions {
  readonly measure: string;
  readonly tiePolicy: string;
  readonly cluster: string;
  readonly resamples: number;
  readonly seed: number;
  readonly pool?: string;
  readonly split?: string;
  readonly json?: boolean;
}

/** Asks how far the labelers of a dataset agree. */
export async function readAgreement(client: Client, slug: string, options: AgreementOptions): Promise<AgreementAnswer> {
  const { measure, tiePolicy, cluster, resamples, seed, pool, split } = options;
  const { dataset } = await client.graphql<{ dataset: { agreement: AgreementAnswer } | null }>(AGREEMENT, {
    slug,
    input: { measure, tiePolicy, cluster, resamples, seed, ...(pool ? { pool } : {}), ...(split ? { split } : {}) },
  });
  if (!dataset) throw new Refusal(`There is no dataset ${slug}.`);
  return dataset.agreement;
}

/** Prints the coefficients of agreement with their intervals. */
export async function showAgreement(client: Client, slug: string, options: AgreementOptions): Promise<void> {
  const report = await readAgreement(client, slug, options);
  if (options.json) return printJson(report);
  printAgreement(report);
}

export function printAgreement(report: AgreementAnswer): void {
  print(
    `${report.measure}: ${count(report.labelers)} labelers, ${count(report.judgments)} judgments on ${count(report.units)} units, ` +
      `${count(report.pairableUnits)} of them by two or more; ${count(report.clusters)} clusters, ${count(report.repeats)} repeats`,
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
  for (const c of report.coefficients) if (c.reason) print(`${c.name}: ${c.reason}`);
  for (const warning of report.warnings) print(`Note: ${warning}`);
}
