import { createHash } from "node:crypto";
import { DARK, LIGHT, type Scheme } from "./palette.js";

const variables = (scheme: Scheme): string =>
  [
    `--page: ${scheme.page}`,
    `--surface: ${scheme.surface}`,
    `--ink: ${scheme.ink}`,
    `--muted: ${scheme.muted}`,
    `--line: ${scheme.line}`,
    `--accent: ${scheme.accent}`,
    `--warning: ${scheme.warning.fill}`,
    `--warning-ink: ${scheme.warning.ink}`,
    `--warning-line: ${scheme.warningLine}`,
    ...scheme.steps.flatMap(({ fill, ink }, i) => [`--step${i - 4}: ${fill}`, `--step${i - 4}-ink: ${ink}`]),
  ].join("; ");

const tones = LIGHT.steps
  .map((_, i) => {
    const tone = i - 4;
    return `.tone${tone} { background: var(--step${tone}); color: var(--step${tone}-ink); fill: var(--step${tone}); }
.heat .tone${tone} text { fill: var(--step${tone}-ink); }`;
  })
  .join("\n");

/** The style of the page: nothing from elsewhere, light and dark as the reader's system says, light on paper. */
export const STYLE = `
:root { ${variables(LIGHT)}; color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(DARK)}; } }
* { box-sizing: border-box; }
html { font: 16px/1.55 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", system-ui, sans-serif; background: var(--page); color: var(--ink); scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; }
.page { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem 4rem; overflow-wrap: break-word; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--surface); padding: .5rem 1rem; z-index: 2; }
bdi { unicode-bidi: isolate; }

header { border-top: 6px solid var(--accent); margin-bottom: 2.5rem; padding-top: 2.5rem; }
.kind { margin: 0; color: var(--muted); font-size: .8rem; font-weight: 600; letter-spacing: .09em; text-transform: uppercase; }
h1, h2, h3, h4 { line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 5vw, 2.75rem); letter-spacing: -.02em; margin: .35rem 0 1rem; }
h2 { font-size: 1.5rem; letter-spacing: -.01em; margin: 0 0 1rem; }
h3 { font-size: 1.1rem; margin: 0 0 .75rem; }
h4 { font-size: .8rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--muted); margin: 1.25rem 0 .4rem; }
.lead { font-size: clamp(1.1rem, 2.4vw, 1.35rem); line-height: 1.5; max-width: 46rem; margin: 0 0 1.5rem; }
.lead strong { white-space: nowrap; font-variant-numeric: tabular-nums; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .75rem 0; margin: 0; border-block: 1px solid var(--line); font-size: .95rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { margin: 0 0 3.5rem; }
small { display: block; font-size: .82rem; line-height: 1.45; color: var(--muted); font-weight: 400; }
h3 small { display: inline; margin-left: .5rem; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1px; background: var(--line); border: 1px solid var(--line); margin: 0 0 1.5rem; }
.facts div { background: var(--surface); padding: .8rem 1rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.facts dt { color: var(--muted); font-size: .82rem; line-height: 1.35; }
.facts dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -.01em; }

.warnings { background: var(--warning); color: var(--warning-ink); border-left: 5px solid var(--warning-line); padding: 1rem 1.25rem; margin: 0 0 3rem; }
.warnings h2 { font-size: 1.05rem; margin: 0 0 .5rem; letter-spacing: 0; }
.warnings ul { margin: 0; padding-left: 1.15rem; }
.warnings li + li { margin-top: .3rem; }
code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }

table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption, .caption { text-align: left; color: var(--muted); font-size: .88rem; max-width: 46rem; }
caption { padding-bottom: .75rem; }
.caption { margin: 0 0 .75rem; }
th, td { text-align: left; vertical-align: middle; padding: .55rem .75rem; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; font-size: .82rem; font-weight: 600; color: var(--muted); border-bottom: 2px solid var(--line); }
tbody th { font-weight: 600; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.forest tbody th { max-width: 21rem; }
.reason { color: var(--warning-ink); background: var(--warning); border-left: 3px solid var(--warning-line); padding: .2rem .5rem; margin-top: .3rem; }
.notes { color: var(--muted); font-size: .88rem; padding-left: 1.15rem; }
.plotted { position: relative; width: 36%; min-width: 6rem; padding: 0; }
.plot { position: absolute; inset: 0 14px; width: calc(100% - 28px); height: 100%; overflow: visible; }
.plot .tick { stroke: var(--line); stroke-width: 1; }
.plot .reference { stroke: var(--muted); stroke-width: 1.5; stroke-dasharray: 4 4; }
.plot .bar { stroke: var(--accent); stroke-width: 7; stroke-opacity: .45; stroke-linecap: round; }
.plot .dot { fill: var(--accent); stroke: var(--page); stroke-width: 1.5; }
.axis text { fill: var(--muted); font-size: 12px; text-anchor: middle; font-variant-numeric: tabular-nums; }

.scroll { position: relative; overflow-x: auto; padding: 2px; margin: 0 -2px; }
.heat { display: block; margin: .75rem 0 1rem; font-variant-numeric: tabular-nums; }
.heat text { text-anchor: middle; dominant-baseline: central; }
.heat .name { fill: var(--ink); text-anchor: end; }
.heat text.name[transform] { text-anchor: start; }
.heat text.upright { text-anchor: middle; }
.heat .self { fill: none; }
.heat .unknown { fill: none; stroke: var(--line); stroke-width: 2; }
.heat g:hover .cell { stroke: var(--ink); stroke-width: 2; }
.legend { list-style: none; display: flex; flex-wrap: wrap; padding: 0; margin: 1rem 0; font-size: .8rem; font-variant-numeric: tabular-nums; }
.legend li { padding: .2rem .6rem; }
details > summary { cursor: pointer; color: var(--accent); }

.contested { border-top: 1px solid var(--line); padding-top: 1.5rem; margin-bottom: 2.75rem; }
.rank { display: inline-block; min-width: 1.6em; padding: .1em .4em; margin-right: .35rem; text-align: center; background: var(--accent); color: var(--page); border-radius: .2rem; font-size: .9em; font-variant-numeric: tabular-nums; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.contested > .text, .contested > .long { background: var(--surface); border: 1px solid var(--line); padding: .75rem 1rem; }
.long > summary { list-style: none; color: inherit; }
.long > summary::-webkit-details-marker { display: none; }
.long[open] > summary > .text, .long[open] .more { display: none; }
.long[open] > summary::before { content: "Show less"; color: var(--accent); text-decoration: underline; font-size: .88rem; }
.more { color: var(--accent); text-decoration: underline; font-size: .88rem; }
.none, .source { color: var(--muted); margin: 0; font-size: .88rem; overflow-wrap: anywhere; }
.contested > .caption { margin-top: 1.25rem; }
.side-by-side td, .side-by-side th { vertical-align: top; }
.side-by-side thead th { vertical-align: bottom; }
.side-by-side .completion { min-width: 17rem; font-size: .92rem; }
.side-by-side .key { width: 3rem; font-size: 1.05rem; }
.judge { width: 2.6rem; padding: .4rem .2rem; }
.judge span { display: block; writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; margin: 0 auto; }
.judge .upright { writing-mode: horizontal-tb; transform: none; text-align: center; }
.judge i { display: block; font-style: normal; line-height: 1.15; min-height: 1.15em; white-space: pre; }
.side-by-side .judged { width: 2.6rem; min-width: 2.6rem; padding: .55rem .2rem; text-align: center; vertical-align: middle; font-weight: 600; font-variant-numeric: tabular-nums; border-left: 2px solid var(--page); border-bottom-color: var(--page); border-bottom-width: 2px; }
.division { list-style: none; padding: 0; margin: 0; display: grid; gap: .35rem; }
.division li { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(6rem, 16rem) 1fr; gap: .75rem; align-items: center; font-size: .92rem; }
.division .unit { font-weight: 600; }
.bars { width: 100%; height: 1.1rem; display: block; }
.said { font-variant-numeric: tabular-nums; }

footer { border-top: 1px solid var(--line); padding-top: 1.25rem; color: var(--muted); font-size: .88rem; }
footer dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1rem; }
footer dd { margin: 0; color: var(--ink); overflow-wrap: anywhere; }
footer pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--surface); border: 1px solid var(--line); padding: .75rem 1rem; color: var(--ink); margin: .4rem 0 1rem; }
${tones}

@media (max-width: 44rem) {
  .page { padding: 0 1rem 3rem; }
  .wide { display: none; }
  th, td { padding: .5rem .4rem; }
  thead .number { white-space: normal; }
  .forest tbody th { min-width: 5.5rem; overflow-wrap: anywhere; }
  .plotted { width: 30%; }
  #leaderboard .plotted { width: 22%; min-width: 5rem; }
  .axis .between { display: none; }
  .division li { grid-template-columns: 1fr; gap: .15rem; margin-bottom: .5rem; }
  .side-by-side .completion { min-width: 13rem; }
  footer dl { grid-template-columns: 1fr; gap: 0; }
  footer dd { margin-bottom: .4rem; }
}
@media print {
  @page { margin: 16mm 14mm; }
  html { font-size: 10pt; background: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .page { max-width: none; padding: 0; }
  nav, .skip, .more, .long > summary::before, details:not(.long) { display: none; }
  .scroll { overflow: visible; margin: 0; padding: 0; }
  .heat { max-width: 100%; height: auto; max-height: 230mm; }
  section { margin-bottom: 8mm; }
  tr, .warnings, .facts, .division li { break-inside: avoid; }
  h2, h3, h4, caption, .caption { break-after: avoid; }
  a { color: inherit; text-decoration: none; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
`;

/** What the page may do, by header and in the page itself: apply this one style, and nothing else. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
