import { MEASURES } from "../agreement/coefficients/measures.js";
import { percent } from "../agreement/quality/percent.js";
import { count, countOf } from "../datasets/text/counted.js";
import type { ContestedPromptInDocument, JudgmentColumn } from "../services/analysis/agreement-document.js";
import type { AgreementMeasure } from "../vocabulary.js";
import { type Html, html } from "./html.js";
import { scrollingTable } from "./scrolling-table.js";
import { inGraphemes, isUpright, LONG, shortNames } from "./short-names.js";
import { userText } from "./user-text.js";
import { MEASURE_WORDS } from "./words.js";

/** The prompts over which the labelers are divided most, each with its texts and what the labelers said, side by side. */
export function contestedPrompts(prompts: readonly ContestedPromptInDocument[], measure: AgreementMeasure): Html {
  if (prompts.length === 0) return html`<p>No prompt was judged by two labelers.</p>`;
  return html`${prompts.map((prompt, i) => contestedPrompt(prompt, measure, i + 1))}`;
}

function contestedPrompt(prompt: ContestedPromptInDocument, measure: AgreementMeasure, rank: number): Html {
  const { externalId, text, language, value, n } = prompt;
  const units = countOf(n, ...MEASURE_WORDS[measure].unit);
  return html`<article class="contested" aria-labelledby="contested-${rank}">
<h3 id="contested-${rank}"><span class="rank">${rank}</span> ${percent(value)} agreement on ${units}${externalId !== null && html` <small>prompt <bdi>${externalId}</bdi></small>`}</h3>
<h4>Prompt</h4>
${userText(text, language)}
${sideBySide(prompt, measure, rank)}
${division(prompt, measure)}
</article>`;
}

/** A row for each completion, best first in the mean, and a column for each ranking, equal ones beside each other. */
function sideBySide(prompt: ContestedPromptInDocument, measure: AgreementMeasure, rank: number): Html {
  const { completions, judgedCompletions, judgments, language } = prompt;
  const ranked = measure === "RANKING";
  const { scale } = MEASURES[measure];
  const means = completions.map((_, row) => {
    const cells = prompt.columns.flatMap(({ cells }) => cells[row] ?? []);
    return cells.length === 0 ? Number.POSITIVE_INFINITY : cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
  });
  const rows = completions
    .map((completion, row) => ({ completion, row }))
    .sort((a, b) => (ranked ? means[a.row]! - means[b.row]! : means[b.row]! - means[a.row]!) || a.row - b.row);
  const columns = named(prompt.columns).sort((a, b) => {
    for (const { row } of rows) {
      const difference = (a.cells[row] ?? 99) - (b.cells[row] ?? 99);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  const lowest = ranked ? Math.max(...columns.flatMap(({ cells }) => cells.map((cell) => cell ?? 1)), 2) : 0;
  const tone = (cell: number): number =>
    ranked
      ? 4 - Math.round((4 * (cell - 1)) / (lowest - 1))
      : Math.round((4 * scale.indexOf(cell)) / Math.max(1, scale.length - 1));
  const word = ranked ? "rank" : "value";
  const some = [
    columns.length < judgments &&
      `${columns.length} of ${count(judgments)} ${ranked ? "rankings" : "labelers"} are shown`,
    completions.length < judgedCompletions &&
      `the ${completions.length} of ${judgedCompletions} completions over which the labelers are divided most`,
  ].filter((sentence) => sentence !== false);
  const handles = [...new Set(columns.map(({ handle }) => handle))];
  const labels = shortNames(handles, LONG);
  const short = new Map(handles.map((handle, place) => [handle, labels[place]!]));
  const several = columns.some(({ ofSeveral }) => ofSeveral !== null);
  const told = [
    ranked ? "Rankings side by side: 1 is the best, and equal numbers are tied." : "Values side by side.",
    several &&
      "Where a labeler ranked several sets, the rankings are numbered by time; for completions in two of them the later counts.",
    some.length > 0 && `Not all: ${some.join("; ")}.`,
  ].filter((sentence) => sentence !== false);
  return scrollingTable({
    ...{ id: `contested-${rank}-told`, name: `Judgments of contested prompt ${rank}`, kind: "side-by-side" },
    told: told.join(" "),
    content: html`<thead><tr><th scope="col" class="key">Key</th><th scope="col">Completion</th>${columns.map(
      ({ handle, ofSeveral }) =>
        html`<th scope="col" class="judge">${columnHead(short.get(handle)!, handle, ofSeveral)}</th>`,
    )}</tr></thead>
<tbody>${rows.map(
      ({ completion: { key, source, text }, row }) => html`<tr>
<th scope="row" class="key"><bdi>${key}</bdi></th>
<td class="completion">${source !== null && html`<p class="source">by <bdi>${source}</bdi></p>`}${userText(text, language)}</td>${columns.map(
        ({ cells }) => {
          const cell = cells[row] ?? null;
          return cell === null
            ? html`<td class="judged"><span class="unseen">no ${word}</span></td>`
            : html`<td class="judged tone${tone(cell)}">${cellText(cell, measure)}</td>`;
        },
      )}
</tr>`,
    )}</tbody>`,
  });
}

/** A labeler's name in a narrow column: from bottom to top, or one upright character below the other. */
function columnHead(short: string, handle: string, ofSeveral: number | null): Html {
  const number = ofSeveral === null ? "" : `${ofSeveral}.`;
  const title = short !== handle && html` title="${handle}"`;
  return isUpright(short)
    ? html`<span class="upright">${number !== "" && html`<i>${number}</i>`}<bdi${title}>${inGraphemes(short).map((one) => html`<i>${one}</i>`)}</bdi></span>`
    : html`<span>${number !== "" && `${number} `}<bdi${title}>${short}</bdi></span>`;
}

/** The columns, those of one labeler numbered where there are several; they come earlier ones first. */
function named(columns: readonly JudgmentColumn[]): (JudgmentColumn & { readonly ofSeveral: number | null })[] {
  const times = new Map<string, number>();
  for (const { handle } of columns) times.set(handle, (times.get(handle) ?? 0) + 1);
  const before = new Map<string, number>();
  return columns.map((column) => {
    const number = (before.get(column.handle) ?? 0) + 1;
    before.set(column.handle, number);
    return { ...column, ofSeveral: times.get(column.handle)! > 1 ? number : null };
  });
}

const cellText = (cell: number, measure: AgreementMeasure): string =>
  measure === "LABEL" ? (cell === 1 ? "yes" : "no") : String(cell).replace("-", "−");

/** How the labelers are divided over the units that divide them most, as bars with the counts in words. */
function division({ divided }: ContestedPromptInDocument, measure: AgreementMeasure): Html {
  const { categoryNames } = MEASURES[measure];
  const ranked = measure === "RANKING";
  const tone = (category: number): number => {
    const place = category / (categoryNames.length - 1);
    return ranked ? [3, 0, -3][category]! : Math.round(8 * place) - 4;
  };
  return html`<h4>Where they part</h4><ul class="division">${divided.map(({ first, second, counts }) => {
    const all = counts.reduce((sum, one) => sum + one, 0);
    const names = ranked
      ? [html`<bdi>${first}</bdi> better`, html`tie`, html`<bdi>${second ?? ""}</bdi> better`]
      : categoryNames.map(
          (name) => html`${measure === "LABEL" ? (name === "true" ? "yes" : "no") : name.replace("-", "−")}`,
        );
    let before = 0;
    const bars = counts.map((one, category) => {
      const x = before;
      before += one;
      return (
        one > 0 &&
        html`<rect class="tone${tone(category)}" x="${share(x, all)}" width="${share(one, all)}" height="100%"/>`
      );
    });
    const said = counts.flatMap((one, category) => (one > 0 ? [html`${names[category]!}: ${count(one)}`] : []));
    return html`<li><span class="unit"><bdi>${first}</bdi>${second !== null && html` and <bdi>${second}</bdi>`}</span><svg class="bars" aria-hidden="true">${bars}</svg><span class="said">${said.map(
      (one, i) => html`${i > 0 && ", "}${one}`,
    )}</span></li>`;
  })}</ul>`;
}

const share = (part: number, all: number): string => `${((100 * part) / all).toFixed(2)}%`;
