import { count } from "../datasets/text/counted.js";
import type { LabelerLine } from "../services/analysis/agreement-document.js";
import { figure, range } from "./figures.js";
import { type Html, html } from "./html.js";
import { axisHead, axisOf, intervalPlot } from "./interval-plot.js";
import { scrollingTable } from "./scrolling-table.js";
import { plainWord } from "./words.js";

/** More than these are in the CSV. */
const SHOWN = 40;

/** How each labeler agrees with all others, beside the agreement of all. */
export function labelerTable(lines: readonly LabelerLine[], all: number | null, minUnits: number): Html {
  const shown = lines.slice(0, SHOWN);
  const axis = axisOf(shown, all === null ? [0, 1] : [all]);
  const rows = shown.map(
    ({ labeler, value, n, ci95 }) => html`<tr>
<th scope="row"><bdi>${labeler.handle}</bdi></th>
<td class="wide">${labeler.pool === null ? "–" : plainWord(labeler.pool)}</td>
<td class="plotted">${intervalPlot(axis, { value, ci95 }, all)}</td>
<td class="number"><strong>${figure(value)}</strong><small>${range(ci95) ?? "no interval"}</small></td>
<td class="number">${count(n)}</td>
</tr>`,
  );
  return scrollingTable({
    ...{ id: "labelers-told", name: "Table of labelers", kind: "forest" },
    told: html`How each labeler agrees with all others, least first; those who share fewer than ${minUnits} units stand at the end.
${all !== null && html`The dashed line is the agreement of all, ${figure(all)}.`}
${lines.length > SHOWN && html`The first ${SHOWN} of ${count(lines.length)}; the CSV has all.`}`,
    content: html`<thead><tr><th scope="col">Labeler</th><th scope="col" class="wide">Pool</th><th scope="col" class="plotted"><span class="unseen">Plot</span>${axisHead(axis)}</th><th scope="col" class="number">Agreement<small>95 % interval</small></th><th scope="col" class="number">Units</th></tr></thead>
<tbody>${rows}</tbody>`,
  });
}
