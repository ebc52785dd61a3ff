import { csvCell } from "../../datasets/formats/csv-cell.js";
import { count, countOf } from "../../datasets/text/counted.js";
import { type Client, Refusal, WrongUsage } from "../server/client.js";
import { fraction, print, printJson, table } from "../terminal/output.js";
import { type AgreementFlags, agreementInput } from "./agreement.js";

const QUALITY = `query ($slug: String!, $input: AgreementInput!, $flaggedOnly: Boolean!, $after: String) {
  dataset(slug: $slug) {
    labelerQuality(input: $input) {
      labelers works units pairableUnits repeats categories priors warnings
      byLabeler(first: 50, after: $after, flaggedOnly: $flaggedOnly) {
        nodes {
          labeler { id handle } works units consensus ci95 { low high } accuracy accuracyReason confusion reliability reliabilityReason
          signals { signal value expected pValue adjustedPValue n flagged evidence reason other { handle } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

interface SignalAnswer {
  readonly signal: string;
  readonly value: number | null;
  readonly expected: number | null;
  readonly pValue: number | null;
  readonly adjustedPValue: number | null;
  readonly n: number;
  readonly flagged: boolean;
  readonly evidence: string | null;
  readonly reason: string | null;
  readonly other: { readonly handle: string } | null;
}

interface QualityLine {
  readonly labeler: { readonly id: string; readonly handle: string } | null;
  readonly works: number;
  readonly units: number;
  readonly consensus: number | null;
  readonly ci95: { readonly low: number; readonly high: number } | null;
  readonly accuracy: number | null;
  readonly accuracyReason: string | null;
  readonly confusion: readonly (readonly number[])[] | null;
  readonly reliability: number | null;
  readonly reliabilityReason: string | null;
  readonly signals: readonly SignalAnswer[];
}

/** What is said of the labelers of a dataset, as the command line asks for it. */
interface QualityAnswer {
  readonly labelers: number;
  readonly works: number;
  readonly units: number;
  readonly pairableUnits: number;
  readonly repeats: number;
  readonly categories: readonly string[];
  readonly priors: readonly number[] | null;
  readonly warnings: readonly string[];
  readonly byLabeler: readonly QualityLine[];
}

export interface QualityForms {
  readonly flagged?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** Prints what the judgments say of each labeler, and the evidence of what is flagged. */
export async function showQuality(client: Client, slug: string, options: AgreementFlags & QualityForms): Promise<void> {
  if (options.csv && options.json) throw new WrongUsage("Give one of --csv and --json.");
  const report = await readQuality(client, slug, options);
  if (options.json) return printJson(report);
  if (options.csv) return printCsv(report);
  printQuality(report);
}

async function readQuality(
  client: Client,
  slug: string,
  options: AgreementFlags & QualityForms,
): Promise<QualityAnswer> {
  type Page = { nodes: QualityLine[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  type Answer = Omit<QualityAnswer, "byLabeler"> & { byLabeler: Page };
  const lines: QualityLine[] = [];
  let after: string | null = null;
  for (;;) {
    const variables = { slug, input: agreementInput(options), flaggedOnly: options.flagged ?? false, after };
    const answer: { dataset: { labelerQuality: Answer } | null } = await client.graphql(QUALITY, variables);
    if (!answer.dataset) throw new Refusal(`There is no dataset ${slug}.`);
    const { byLabeler, ...facts } = answer.dataset.labelerQuality;
    lines.push(...byLabeler.nodes);
    if (!byLabeler.pageInfo.hasNextPage) return { ...facts, byLabeler: lines };
    after = byLabeler.pageInfo.endCursor;
  }
}

const handleOf = ({ labeler }: QualityLine): string => labeler?.handle ?? "?";

function printQuality(report: QualityAnswer): void {
  print(
    `${countOf(report.labelers, "labeler")}, ${countOf(report.works, "work")} on ${countOf(report.units, "unit")}, ` +
      `${count(report.pairableUnits)} of them judged by two or more; ${countOf(report.repeats, "repeat")}`,
  );
  print();
  const flaggedOf = ({ signals }: QualityLine) => signals.filter(({ flagged }) => flagged);
  print(
    table(
      ["labeler", "works", "units", "consensus", "95 % interval", "accuracy", "reliability", "look at"],
      report.byLabeler.map((line) => [
        handleOf(line),
        line.works,
        line.units,
        fraction(line.consensus),
        line.ci95 ? `${fraction(line.ci95.low)} … ${fraction(line.ci95.high)}` : null,
        fraction(line.accuracy),
        fraction(line.reliability),
        flaggedOf(line)
          .map(({ signal }) => signal)
          .join(", ") || null,
      ]),
    ),
  );
  for (const line of report.byLabeler) {
    for (const { signal, evidence, pValue, adjustedPValue } of flaggedOf(line)) {
      print(
        `${handleOf(line)}, ${signal}: ${evidence} p = ${pValue?.toPrecision(2)}, ${adjustedPValue?.toPrecision(2)} among all labelers.`,
      );
    }
  }
  for (const warning of report.warnings) print(`Note: ${warning}`);
}

/** Every digit, a line for each signal of a labeler. */
function printCsv({ byLabeler }: QualityAnswer): void {
  print(
    "labeler,works,units,consensus,low,high,accuracy,reliability,signal,value,expected,pValue,adjustedPValue,n,flagged,other,evidence,reason",
  );
  for (const line of byLabeler) {
    const { works, units, consensus, ci95, accuracy, reliability } = line;
    const own = [handleOf(line), works, units, consensus, ci95?.low, ci95?.high, accuracy, reliability];
    for (const {
      signal,
      value,
      expected,
      pValue,
      adjustedPValue,
      n,
      flagged,
      other,
      evidence,
      reason,
    } of line.signals) {
      const found = [
        signal,
        value,
        expected,
        pValue,
        adjustedPValue,
        n,
        String(flagged),
        other?.handle,
        evidence,
        reason,
      ];
      print([...own, ...found].map(csvCell).join(","));
    }
  }
}
