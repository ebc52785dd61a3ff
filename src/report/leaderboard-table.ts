import type { LeaderboardEntry } from "../agreement/leaderboard/leaderboard.js";
import { percent } from "../agreement/quality/percent.js";
import { count, countOf } from "../datasets/text/counted.js";
import type { AgreementDocument } from "../services/analysis/agreement-document.js";
import { figure, range } from "./figures.js";
import { type Html, html } from "./html.js";
import { axisHead, axisOf, intervalPlot } from "./interval-plot.js";
import { scrollingTable } from "./scrolling-table.js";

/** More than these are in the CSV. */
const SHOWN = 60;

/** The sources by rank: ratings with their intervals as a forest plot, ranks with theirs, and what they won. */
export function leaderboardTable(leaderboard: NonNullable<AgreementDocument["leaderboard"]>): Html {
  const { entries } = leaderboard;
  const reason = leaderboard.reason ?? sharedReason(entries);
  if (entries.length === 0) return html`<p>${reason ?? "No two completions of different sources were compared."}</p>`;
  const shown = entries.slice(0, SHOWN);
  const axis = axisOf(shown.map(estimate), [0]);
  const rows = shown.map(
    (entry) => html`<tr>
<td class="number"><strong>${entry.rank}</strong><small>${ranks(entry)}</small></td>
<th scope="row"><bdi>${entry.source}</bdi>${entry.reason !== null && entry.reason !== reason && html`<small class="reason">${entry.reason}</small>`}</th>
<td class="plotted">${intervalPlot(axis, estimate(entry), 0)}</td>
<td class="number"><strong>${figure(entry.rating)}</strong><small>${range(entry.ci95) ?? "no interval"}</small></td>
<td class="number wide">${entry.winRate === null ? "–" : percent(entry.winRate)}<small>${entry.lengthControlledWinRate === null ? "–" : percent(entry.lengthControlledWinRate)}</small></td>
<td class="number wide">${count(entry.wins)} / ${count(entry.losses)} / ${count(entry.ties)}</td>
</tr>`,
  );
  const table = scrollingTable({
    ...{ id: "leaderboard-told", name: "Table of sources", kind: "forest" },
    told: html`${told(leaderboard)}${entries.length > SHOWN && ` The first ${SHOWN} of ${count(entries.length)}; the CSV has all.`}`,
    content: html`<thead><tr><th scope="col" class="number">Rank<small>95 % interval</small></th><th scope="col">Source</th><th scope="col" class="plotted"><span class="unseen">Plot</span>${axisHead(axis)}</th><th scope="col" class="number">Rating<small>95 % interval</small></th><th scope="col" class="number wide">Win rate<small>at equal length</small></th><th scope="col" class="number wide">Won / lost / tied</th></tr></thead>
<tbody>${rows}</tbody>`,
  });
  return html`${reason !== null && html`<p class="reason">${reason}</p>`}
${table}
${notes(leaderboard)}`;
}

/** What is said of every source is said once, above the table. */
function sharedReason(entries: readonly LeaderboardEntry[]): string | null {
  const reasons = new Set(entries.map((entry) => entry.reason));
  return reasons.size === 1 ? ([...reasons][0] ?? null) : null;
}

const estimate = ({ rating, ci95 }: LeaderboardEntry) => ({ value: rating, ci95 });

const ranks = ({ rankCi95 }: LeaderboardEntry): string =>
  rankCi95 === null ? "no interval" : `${rankCi95.low} to ${rankCi95.high}`;

/** What the ratings mean and rest on. */
function told(leaderboard: NonNullable<AgreementDocument["leaderboard"]>): string {
  const meaning =
    "Bradley–Terry: a source is preferred to another with odds e to the difference of their ratings; 0 is the mean.";
  if (!("comparisons" in leaderboard)) return meaning;
  const { comparisons, ties, sameSourceDropped, unknownSourceDropped } = leaderboard;
  const dropped = [
    sameSourceDropped > 0 && `${count(sameSourceDropped)} of one source`,
    unknownSourceDropped > 0 && `${count(unknownSourceDropped)} without a known source`,
  ].filter((part) => part !== false);
  return `${meaning} ${countOf(comparisons, "comparison")}, ${count(ties)} of them ties, which count one half.${
    dropped.length > 0 ? ` Dropped: ${dropped.join(", ")}.` : ""
  }`;
}

function notes(leaderboard: NonNullable<AgreementDocument["leaderboard"]>): Html {
  const warnings = "warnings" in leaderboard ? leaderboard.warnings : [];
  return html`${warnings.length > 0 && html`<ul class="notes">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`}`;
}
