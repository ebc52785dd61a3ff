import type { CoefficientResult } from "../agreement/report/coefficient-lines.js";
import { count } from "../datasets/text/counted.js";
import { figure, range } from "./figures.js";
import { type Html, html } from "./html.js";
import { axisHead, axisOf, type Estimate, intervalPlot } from "./interval-plot.js";
import { scrollingTable } from "./scrolling-table.js";
import { COEFFICIENT_WORDS } from "./words.js";

/** Intraclass correlations of means have no lower end: beyond −1 the plot is cut off, and the numbers beside it are not. */
const LEAST = -1;

const withinAxis = ({ value, ci95 }: Estimate): Estimate => ({
  value: value === null ? null : Math.max(LEAST, value),
  ci95: ci95 === null ? null : { low: Math.max(LEAST, ci95.low), high: Math.max(LEAST, ci95.high) },
});

/**
 * The coefficients as a forest plot: a table of the numbers, one column of which draws them along one axis that holds 0,
 * which is chance, and 1, which is full agreement.
 */
export function coefficientTableHtml(coefficients: readonly CoefficientResult[]): Html {
  const axis = axisOf(coefficients.map(withinAxis), [0, 1]);
  const rows = coefficients.map((coefficient) => {
    const { title, meaning } = COEFFICIENT_WORDS[coefficient.name];
    const { value, ci95, standardError, n, reason } = coefficient;
    return html`<tr>
<th scope="row">${title}<small class="wide">${meaning}</small>${reason !== null && html`<small class="reason">${reason}</small>`}</th>
<td class="plotted">${intervalPlot(axis, coefficient, 0)}</td>
<td class="number"><strong>${figure(value)}</strong><small>${range(ci95) ?? "no interval"}</small></td>
<td class="number wide">${figure(standardError)}</td>
<td class="number wide">${count(n)}</td>
</tr>`;
  });
  return scrollingTable({
    ...{ id: "coefficients-told", name: "Table of coefficients", kind: "forest" },
    told: "Estimates with 95 % intervals. The line at 0 is what chance gives to every coefficient but percent agreement and Kendall’s W.",
    content: html`<thead><tr><th scope="col">Coefficient</th><th scope="col" class="plotted"><span class="unseen">Plot</span>${axisHead(axis)}</th><th scope="col" class="number">Value<small>95 % interval</small></th><th scope="col" class="number wide">Standard error</th><th scope="col" class="number wide">Units</th></tr></thead>
<tbody>${rows}</tbody>`,
  });
}
