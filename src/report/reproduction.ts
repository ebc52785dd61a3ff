import { count } from "../datasets/text/counted.js";
import type { AgreementDocument } from "../services/analysis/agreement-document.js";
import { moment } from "./figures.js";
import { type Html, html } from "./html.js";

/** Of what the page was made, when, and the command that gives the same digits again. */
export function reproduction(document: AgreementDocument): Html {
  const { dataset, input, madeAt, minUnits } = document;
  const rows: readonly (readonly [string, string | null])[] = [
    ["Dataset", `${dataset.slug}, revision ${dataset.revision}`],
    ["Made", moment(madeAt)],
    ["Measure", input.label == null ? input.measure : `${input.measure}, ${input.label}`],
    ["Tie policy", input.tiePolicy],
    [
      "Intervals",
      `95 %, clusters by ${input.cluster.toLowerCase()}, ${count(input.resamples)} resamples, seed ${input.seed}`,
    ],
    ["Pool", input.pool ?? null],
    ["Split", input.split ?? null],
    ["Use cases", input.useCases?.join(", ") ?? null],
    ["Prompts of", input.sources?.join(", ") ?? null],
    ["Labelers", input.labelerIds?.join(", ") ?? null],
    ["Judged from", input.createdFrom?.toISOString() ?? null],
    ["Judged before", input.createdTo?.toISOString() ?? null],
    ["Instructions", input.instructionVersionId ?? null],
    ["Least shared units", String(minUnits)],
  ];
  return html`<h2>How this was made</h2>
<dl>${rows.map(([name, value]) => value !== null && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p>Judgments of one prompt are never independent of one another, so whole clusters are resampled. The same command on the same revision gives the same digits:</p>
<pre><code>${commandOf(document)}</code></pre>
<p>With <code>--csv</code> or <code>--json</code> in place of <code>--html</code> it gives every figure at full length. Made by Accord.</p>`;
}

/** The command that makes the same report; what has its default is left out. */
export function commandOf({ dataset, input, minUnits }: AgreementDocument): string {
  const options: readonly (readonly [string, string | number | null | undefined, (string | number)?])[] = [
    ["measure", input.measure, "RANKING"],
    ["label", input.label],
    ["tie-policy", input.tiePolicy, "EXACT"],
    ["pool", input.pool],
    ["labelers", input.labelerIds?.join(",")],
    ["split", input.split],
    ["use-cases", input.useCases?.join(",")],
    ["sources", input.sources?.join(",")],
    ["from", input.createdFrom?.toISOString()],
    ["to", input.createdTo?.toISOString()],
    ["instructions", input.instructionVersionId],
    ["cluster", input.cluster, "PROMPT"],
    ["resamples", input.resamples, 1000],
    ["seed", input.seed, 0],
    ["min-units", minUnits, 10],
  ];
  const given = options.flatMap(([name, value, usual]) =>
    value == null || value === usual ? [] : [`--${name} ${value}`],
  );
  return ["accord agreement", dataset.slug, ...given, "--html report.html"].join(" ");
}
