import { percent } from "../agreement/quality/percent.js";
import { count, countOf } from "../datasets/text/counted.js";
import type { AgreementDocument } from "../services/analysis/agreement-document.js";
import { coefficientTableHtml } from "./coefficient-table.js";
import { contestedPrompts } from "./contested-prompts.js";
import { figure } from "./figures.js";
import { heatMap } from "./heat-map.js";
import { type Content, Html, html } from "./html.js";
import { labelerTable } from "./labeler-table.js";
import { leaderboardTable } from "./leaderboard-table.js";
import { reproduction } from "./reproduction.js";
import { CONTENT_SECURITY_POLICY, STYLE } from "./style.js";
import { COEFFICIENT_WORDS, MEASURE_WORDS, plainWord } from "./words.js";

/**
 * An agreement document as one standalone page: no scripts, and nothing from elsewhere. Equal documents give equal bytes.
 * Everything that people or models wrote is escaped, and isolated from the text around it.
 */
export function agreementPage(document: AgreementDocument): string {
  const { dataset, measure, coefficients, byLabeler, matrix, mostContested, minUnits, input, leaderboard } = document;
  const { title: measured } = MEASURE_WORDS[measure];
  const title = input.label == null ? measured : `${measured} of ${plainWord(input.label)}`;
  const all = coefficients.find(({ name }) => name === "PERCENT_AGREEMENT")?.value ?? null;
  const sections: readonly Section[] = [
    { id: "coefficients", title: "Coefficients", content: coefficientTableHtml(coefficients) },
    { id: "pairs", title: "Who agrees with whom", content: heatMap({ pairs: matrix, minUnits, middle: all }) },
    { id: "labelers", title: "Each labeler", content: labelerTable(byLabeler, all, minUnits) },
    ...(leaderboard === null
      ? []
      : [{ id: "leaderboard", title: "Which source is preferred", content: leaderboardTable(leaderboard) }]),
    { id: "contested", title: "Contested prompts", content: contestedPrompts(mostContested, measure) },
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="Accord">
<title>Agreement on ${title.toLowerCase()} – ${dataset.name}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<div class="page">
<header>
<p class="kind">Labeler agreement</p>
<h1>${title} in <bdi>${dataset.name}</bdi></h1>
${lead(document)}
${facts(document)}
<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}<li><a href="#method">How this was made</a></li></ul></nav>
</header>
<main id="report">
${warnings(document)}
${sections.map(section)}
</main>
<footer id="method">${reproduction(document)}</footer>
</div>
</body>
</html>
`.text;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

const section = ({ id, title, content }: Section): Html =>
  html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}
</section>
`;

/** What the figures say, in a sentence or two. */
function lead({ coefficients, measure, input }: AgreementDocument): Html {
  const sentences: Content[] = [];
  const percentAgreement = coefficients.find(({ name }) => name === "PERCENT_AGREEMENT");
  const [, units] = MEASURE_WORDS[measure].unit;
  if (percentAgreement?.value != null) {
    const { value, ci95 } = percentAgreement;
    sentences.push(
      html`Two labelers agree on <strong>${percent(value)}</strong> of the ${units} that both judged${
        ci95 !== null && html` (95 % interval ${percent(ci95.low)} to ${percent(ci95.high)})`
      }. `,
    );
  }
  const alpha = coefficients.find(({ name }) => name === "KRIPPENDORFF_ALPHA");
  if (alpha?.value != null) {
    const { value, ci95 } = alpha;
    sentences.push(
      html`${COEFFICIENT_WORDS.KRIPPENDORFF_ALPHA.title}, which takes chance off, is <strong>${figure(value)}</strong>${
        ci95 !== null && html` (${figure(ci95.low)} to ${figure(ci95.high)})`
      }. `,
    );
  }
  if (sentences.length === 0) sentences.push("Nothing can be said about agreement here; the reasons stand below. ");
  if (input.pool != null) sentences.push(`Labelers of the pool ${plainWord(input.pool)} only.`);
  return html`<p class="lead">${sentences}</p>`;
}

function facts(document: AgreementDocument): Html {
  const { measure, labelers, judgments, units, pairableUnits, clusters, repeats, input } = document;
  const [, several] = MEASURE_WORDS[measure].unit;
  const told: readonly (readonly [string, number])[] = [
    ["labelers", labelers],
    ["judgments", judgments],
    [`${several} judged`, units],
    ["of them by two or more labelers", pairableUnits],
    [input.cluster === "AUTHOR" ? "authors to resample" : "prompts to resample", clusters],
    ["judgments replaced by later ones", repeats],
  ];
  return html`<dl class="facts">${told.map(([name, n]) => html`<div><dt>${name}</dt><dd>${count(n)}</dd></div>`)}</dl>`;
}

/** What a reader must know before trusting a digit: the service's warnings, and why there is no value where there is none. */
function warnings({ warnings, coefficients }: AgreementDocument): Html {
  // Those that are undefined for the same reason stand together.
  const namesBy = new Map<string, string[]>();
  for (const { name, value, reason } of coefficients)
    if (value === null && reason !== null) namesBy.set(reason, [...(namesBy.get(reason) ?? []), name]);
  const undefinedOnes = [...namesBy].map(
    ([reason, names]) => `${names.join(", ")} ${names.length === 1 ? "has" : "have"} no value. ${reason}`,
  );
  const all = [...undefinedOnes, ...warnings];
  if (all.length === 0) return html``;
  return html`<aside class="warnings" aria-labelledby="warnings-title"><h2 id="warnings-title">Before you trust a digit: ${countOf(all.length, "note")}</h2>
<ul>${all.map((warning) => html`<li>${sentence(warning)}</li>`)}</ul></aside>`;
}

/** A sentence of the service: names of coefficients as they are printed here, and what stands in `backticks` as code. */
function sentence(text: string): Html {
  const parts = text.split("`");
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : titled(part)))}`;
}

const titled = (text: string): string =>
  text.replace(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g, (name) =>
    Object.hasOwn(COEFFICIENT_WORDS, name) ? COEFFICIENT_WORDS[name as keyof typeof COEFFICIENT_WORDS].title : name,
  );
