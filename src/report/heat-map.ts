import { type Likeness, seriate } from "../agreement/report/seriation.js";
import { count, countOf } from "../datasets/text/counted.js";
import type { NamedLabeler, PairLine } from "../services/analysis/agreement-document.js";
import { figure } from "./figures.js";
import { type Html, html } from "./html.js";
import { inGraphemes, isUpright, LINE, SHORT, shortNames, widthOf } from "./short-names.js";

/** More labelers than this are no picture any more: those who share most are shown. */
const LABELERS = 60;
/** Of so many who share most units those with most acquaintances are sought. */
const CANDIDATES = 1000;
/** Up to so many the cells have room for a number. */
const NUMBERED = 20;
/** Pairs listed beside the picture, the least agreeing first. */
const LISTED = 60;
/** The steps of colour on each side of the middle. */
const STEPS = 4;

/** What a heat map is drawn of. */
export interface HeatMapData {
  /** The pairs that share enough units to say something. */
  readonly pairs: readonly PairLine[];
  /** Pairs that share fewer units are not among them. */
  readonly minUnits: number;
  /** The value that is neither blue nor orange: the agreement of all. */
  readonly middle: number | null;
}

type KnownPair = PairLine & { readonly value: number };

/** How each pair of labelers agrees, ordered so that those who agree stand together, with the pairs as a table besides. */
export function heatMap({ pairs, minUnits, middle }: HeatMapData): Html {
  const known = pairs.filter((pair): pair is KnownPair => pair.value !== null);
  if (known.length === 0) {
    return html`<p>No two labelers share ${countOf(minUnits, "unit")}, so there is no pair to show.</p>`;
  }
  const { labelers, order, left } = inOrder(known);
  const centre = middle ?? known.reduce((sum, { value }) => sum + value, 0) / known.length;
  const step = stepOf(known, centre);
  const cells = new Map(
    known.flatMap((pair) => [
      [`${pair.a.id} ${pair.b.id}`, pair],
      [`${pair.b.id} ${pair.a.id}`, pair],
    ]),
  );
  return html`<p>Blue pairs agree more than all labelers together (${figure(centre)}), orange ones less. Labelers who agree
stand beside each other, so that groups show as blocks. Struck-out pairs share fewer than ${countOf(minUnits, "unit")}.
${left > 0 && html`Shown are the ${order.length} of ${count(order.length + left)} labelers who have most pairs among themselves; the CSV has all pairs.`}</p>
${legend(centre, step)}
<div class="scroll" role="region" aria-label="Heat map of labeler pairs" tabindex="0">${picture(
    order.map((i) => labelers[i]!),
    (row, column) => cells.get(`${row.id} ${column.id}`) ?? null,
    (value) => toneOf(value, centre, step),
  )}</div>
${pairTable(known)}`;
}

/** The labelers that are shown, and the order in which they stand. */
function inOrder(pairs: readonly KnownPair[]): {
  readonly labelers: readonly NamedLabeler[];
  readonly order: readonly number[];
  readonly left: number;
} {
  const shared = new Map<string, { readonly labeler: NamedLabeler; units: number }>();
  for (const { a, b, n } of pairs) {
    for (const labeler of [a, b]) {
      const known = shared.get(labeler.id) ?? { labeler, units: 0 };
      known.units += n;
      shared.set(labeler.id, known);
    }
  }
  const byUnits = [...shared.values()]
    .sort((x, y) => y.units - x.units || compare(x.labeler.handle, y.labeler.handle))
    .map(({ labeler }) => labeler);
  const labelers = mostAcquainted(byUnits.slice(0, CANDIDATES), pairs);
  const numberOf = new Map(labelers.map(({ id }, number) => [id, number]));
  const likenesses = pairs.flatMap(({ a, b, value, n }): Likeness[] => {
    const [first, second] = [numberOf.get(a.id), numberOf.get(b.id)];
    return first === undefined || second === undefined ? [] : [{ a: first, b: second, value, weight: n }];
  });
  return { labelers, order: seriate(labelers.length, likenesses), left: byUnits.length - labelers.length };
}

/**
 * As many labelers as fit, with many known pairs among themselves: whoever has fewest is left out, one after the other, of
 * equal ones the later (Charikar 2000, the greedy approximation of the densest subgraph).
 */
function mostAcquainted(labelers: readonly NamedLabeler[], pairs: readonly KnownPair[]): NamedLabeler[] {
  const acquainted = new Map(labelers.map(({ id }) => [id, new Set<string>()]));
  for (const { a, b } of pairs) {
    if (acquainted.has(a.id) && acquainted.has(b.id)) {
      acquainted.get(a.id)!.add(b.id);
      acquainted.get(b.id)!.add(a.id);
    }
  }
  const left = [...labelers];
  while (left.length > LABELERS) {
    let fewest = left.length - 1;
    for (let i = left.length - 2; i >= 0; i--) {
      if (acquainted.get(left[i]!.id)!.size < acquainted.get(left[fewest]!.id)!.size) fewest = i;
    }
    const [gone] = left.splice(fewest, 1);
    for (const other of acquainted.get(gone!.id)!) acquainted.get(other)!.delete(gone!.id);
  }
  return left;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** How much one step of colour is worth: the farthest pair gets the last step, and 0.02 is the least. */
function stepOf(pairs: readonly { readonly value: number }[], centre: number): number {
  const farthest = pairs.reduce((most, { value }) => Math.max(most, Math.abs(value - centre)), 0);
  return Math.max(0.02, Math.ceil((100 * farthest) / (STEPS + 0.5)) / 100);
}

const toneOf = (value: number, centre: number, step: number): number =>
  Math.max(-STEPS, Math.min(STEPS, Math.round((value - centre) / step)));

function legend(centre: number, step: number): Html {
  const tones = Array.from({ length: 2 * STEPS + 1 }, (_, i) => i - STEPS);
  return html`<ul class="legend" aria-label="Colours">${tones.map((tone) => {
    const at = centre + tone * step;
    return at >= -1 && at <= 1 && html`<li class="tone${tone}">${figure(at, 2)}</li>`;
  })}</ul>`;
}

function picture(
  labelers: readonly NamedLabeler[],
  pairOf: (row: NamedLabeler, column: NamedLabeler) => PairLine | null,
  tone: (value: number) => number,
): Html {
  const size = labelers.length <= 12 ? 44 : labelers.length <= NUMBERED ? 34 : labelers.length <= 40 ? 20 : 14;
  const font = Math.min(13, size - 2);
  const short = shortNames(
    labelers.map(({ handle }) => handle),
    SHORT,
  );
  const room = short.map((name) => Math.max(widthOf(name), isUpright(name) ? LINE * inGraphemes(name).length : 0));
  const margin = Math.ceil(10 + font * Math.max(...room));
  const side = margin + size * labelers.length;
  const at = (i: number): number => margin + size * i;
  const numbered = labelers.length <= NUMBERED;
  const names = labelers.map(({ handle }, i) => {
    const middle = at(i) + size / 2;
    const title = short[i] !== handle && html`<title>${handle}</title>`;
    const name = html`${short[i]!}${title}`;
    const above = isUpright(short[i]!)
      ? html`<text class="name upright">${column(short[i]!, middle, margin - 6, font)}${title}</text>`
      : html`<text class="name" transform="translate(${middle} ${margin - 6}) rotate(-90)">${name}</text>`;
    return html`<text class="name" x="${margin - 6}" y="${middle}" text-anchor="end">${name}</text>
${above}`;
  });
  const strokes: string[] = [];
  const cells = labelers.flatMap((row, y) =>
    labelers.map((column, x) => {
      if (x === y) return html`<rect class="self" x="${at(x)}" y="${at(y)}" width="${size - 1}" height="${size - 1}"/>`;
      const pair = pairOf(row, column);
      const square = (fill: string) =>
        html`<rect class="${fill}" x="${at(x)}" y="${at(y)}" width="${size - 1}" height="${size - 1}"/>`;
      if (pair === null || pair.value === null) {
        strokes.push(`M${at(x) + size / 4} ${at(y) + (3 * size) / 4}l${size / 2} ${-size / 2}`);
        return null;
      }
      const said = `${row.handle} and ${column.handle}: ${figure(pair.value)} on ${countOf(pair.n, "unit")}`;
      // The picture is symmetric: a screen reader hears each pair once, in the lower half.
      const name = x < y ? html` role="img" aria-label="${said}"` : html` aria-hidden="true"`;
      return html`<g class="tone${tone(pair.value)}"${name}><title>${said}</title>${square("cell")}${
        numbered &&
        html`<text x="${at(x) + (size - 1) / 2}" y="${at(y) + (size - 1) / 2}">${figure(pair.value, 2).replace(/^0/, "")}</text>`
      }</g>`;
    }),
  );
  return html`<svg class="heat" role="group" aria-label="Agreement of ${labelers.length} labelers with one another" width="${side}" height="${side}" viewBox="0 0 ${side} ${side}" font-size="${font}">
${names}${cells}<path class="unknown" d="${strokes.join("")}"/></svg>`;
}

/** The characters of a name one below the other, upright, down to y. */
function column(name: string, x: number, y: number, font: number): Html {
  const characters = inGraphemes(name);
  const line = LINE * font;
  return html`${characters.map(
    (character, i) =>
      html`<tspan x="${x}" y="${(y - (characters.length - i - 0.5) * line).toFixed(1)}">${character}</tspan>`,
  )}`;
}

function pairTable(pairs: readonly KnownPair[]): Html {
  const listed = [...pairs].sort((x, y) => x.value - y.value || y.n - x.n).slice(0, LISTED);
  return html`<details><summary>The pairs as a table${listed.length < pairs.length && `: the ${LISTED} of ${count(pairs.length)} that agree least`}</summary>
<div class="scroll" role="region" aria-label="Table of labeler pairs" tabindex="0"><table>
<caption>Pairs of labelers, least agreement first</caption>
<thead><tr><th scope="col">Labeler</th><th scope="col">and labeler</th><th scope="col" class="number">Agreement</th><th scope="col" class="number">Shared units</th></tr></thead>
<tbody>${listed.map(
    ({ a, b, value, n }) =>
      html`<tr><th scope="row"><bdi>${a.handle}</bdi></th><td><bdi>${b.handle}</bdi></td><td class="number">${figure(value)}</td><td class="number">${count(n)}</td></tr>`,
  )}</tbody></table></div></details>`;
}
