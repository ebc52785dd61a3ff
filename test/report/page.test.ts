import { createHash } from "node:crypto";
import { html } from "../../src/report/html.js";
import { axisOf } from "../../src/report/interval-plot.js";
import { agreementPage } from "../../src/report/page.js";
import { commandOf } from "../../src/report/reproduction.js";
import type { AgreementRequest } from "../../src/services/analysis/agreement.js";
import { contestedPrompt, documentOf, labeler, leaderboard } from "./support.js";

const BAD = [
  '<script>alert("x")</script>',
  "</style><style>*{display:none}</style>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "<!-- --><iframe src=javascript:alert(1)>",
  "&lt;b&gt; &#60;",
  "\u202eright to left\u202c \u2066isolated",
  "👩‍👩‍👧 \ud83d\ude00 é 数据",
];

/** The tags of a page, each with the names of its attributes; what stands in quotes is no attribute. */
const tags = (page: string): string[] => {
  const [head = "", body = ""] = page.split("</style>");
  return [...(head + body).matchAll(/<(\/?[a-z]\w*(?:\s+[a-zA-Z-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(([, tag]) =>
    tag!.replaceAll(/="[^"]*"/g, ""),
  );
};

test("a template escapes what is no HTML, and keeps what is", () => {
  expect(html`<p title="${`"'&`}">${"<b>"}${html`<i>${1}</i>`}${[null, undefined, false, "x"]}</p>`.text).toBe(
    '<p title="&quot;&#39;&amp;">&lt;b&gt;<i>1</i>x</p>',
  );
});

test.each(BAD)("nothing that people or models wrote becomes a tag: %j", (bad) => {
  // The same without what HTML reads: as long, as wide, and in the same scripts.
  const plain = bad.replace(/[<>&"']/g, "#");
  const write = (text: string) =>
    agreementPage(
      documentOf({
        dataset: { id: "d", slug: "mine", name: text, revision: 1 },
        byLabeler: [{ labeler: labeler(text), value: 0.5, n: 20, ci95: null }],
        matrix: [{ a: labeler(text), b: labeler("bob"), value: 0.5, n: 12, shared: 12, kappa: null, tauB: null }],
        warnings: [text],
        leaderboard: leaderboard({
          entries: leaderboard().entries.map((entry) => ({ ...entry, source: text, reason: text })),
          warnings: [text],
        }),
        mostContested: [
          contestedPrompt({
            text,
            externalId: text,
            completions: [{ key: text.replace(/[\s>=]/g, ""), source: text, text }],
            columns: [{ handle: text, cells: [1] }],
            divided: [{ first: text, second: text, counts: [1, 0, 1] }],
          }),
        ],
      }),
    );
  expect(tags(write(bad))).toEqual(tags(write(plain)));
  expect(write(bad).match(/<script|<img|<iframe/g)).toBeNull();
});

test("the sources stand by rank with both intervals, what the ratings rest on, and why there is none", () => {
  const page = agreementPage(documentOf());
  expect(page).toMatch(/<strong>2<\/strong><small>1 to 3<\/small>/);
  expect(page).toContain("<strong>−0.900</strong><small>−1.400 to −0.400</small>");
  expect(page).toContain("42 comparisons, 3 of them ties, which count one half. Dropped: 2 of one source.");
  expect(page).toContain("Intervals from fewer than 20 clusters are rough: there are 12.");
  const reason = "sft-1 won every comparison, so no finite rating is the most likely.";
  const [first, ...others] = leaderboard().entries;
  const unrated = { ...first!, rating: null, ci95: null, reason };
  const without = agreementPage(documentOf({ leaderboard: leaderboard({ entries: [unrated, ...others], reason }) }));
  expect(without.split(reason)).toHaveLength(2);
  expect(agreementPage(documentOf({ leaderboard: { entries: [], reason: "There are 1,001 sources." } }))).toContain(
    "<p>There are 1,001 sources.</p>",
  );
  expect(agreementPage(documentOf({ leaderboard: null }))).not.toContain('id="leaderboard"');
});

test("columns of one labeler are numbered by time, and the page says which of them counts", () => {
  const columns = [
    { handle: "ann", cells: [2, 1] },
    { handle: "bob", cells: [2, 1] },
    { handle: "ann", cells: [1, 2] },
  ];
  const heads = (page: string) =>
    [...page.matchAll(/class="judge"><span>(.*?)<\/span>/g)].map(([, head]) => head!.replaceAll(/<[^>]*>/g, ""));
  const page = agreementPage(documentOf({ mostContested: [contestedPrompt({ columns, judgments: 3 })] }));
  // Equal columns stand beside each other.
  expect(heads(page).sort()).toEqual(["1. ann", "2. ann", "bob"]);
  expect(page).toContain("numbered by time; for completions in two of them the later counts.");
  expect(heads(agreementPage(documentOf()))).toEqual(["ann", "bob"]);
  expect(agreementPage(documentOf())).not.toContain("numbered by time");
});

test("a page is whole in itself: nothing from elsewhere, no script, no style attribute, its one style by its hash", () => {
  const page = agreementPage(documentOf());
  const forbidden = /^(script|link|img|iframe|object|embed|form|base)\b|\s(src|srcset|style|on\w+)\b/;
  expect(tags(page).filter((tag) => forbidden.test(tag))).toEqual([]);
  expect([...page.matchAll(/href="([^"]*)"/g)].filter(([, href]) => !href!.startsWith("#"))).toEqual([]);
  expect(page.match(/url\(|@import|https?:/g)).toBeNull();
  const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page)!;
  expect(page).toContain(`style-src &#39;sha256-${createHash("sha256").update(style!).digest("base64")}&#39;`);
  expect(page).toContain("default-src &#39;none&#39;");
});

test("equal documents give equal bytes, and the date is the document's", () => {
  expect(agreementPage(documentOf())).toBe(agreementPage(documentOf()));
  expect(agreementPage(documentOf())).toContain("24 November 2026, 20:17 UTC");
});

test("a text of 100 kB is folded, the page has half of it and says so, and no emoji is cut in two", () => {
  const text = "😀".repeat(25_000) + "word ".repeat(10_000);
  const page = agreementPage(documentOf({ mostContested: [contestedPrompt({ text })] }));
  expect(page).toContain("Show all 100,000 characters");
  // 50,000 units are 25,000 emoji exactly; with one letter before them the limit falls into the middle of one.
  expect(page).toContain("The other 50,000 characters are left out here");
  const odd = agreementPage(documentOf({ mostContested: [contestedPrompt({ text: `x${text}` })] }));
  expect(odd).toContain("The other 50,002 characters are left out here");
  for (const written of [page, odd]) expect(Buffer.from(written, "utf8").toString("utf8")).toBe(written);
  expect(page.length).toBeLessThan(150_000);
});

test("what is undefined is told at the top and in its row, never as a number", () => {
  const page = agreementPage(documentOf());
  expect(page).toContain("<li>Krippendorff’s α has no value. All judgments are in one category.</li>");
  expect(page).toContain("Percent agreement rest on 12 clusters.");
  const nothing = agreementPage(
    documentOf({
      coefficients: documentOf().coefficients.map((one) => ({
        ...one,
        value: null,
        ci95: null,
        standardError: null,
        reason: "There are no judgments.",
      })),
      byLabeler: [],
      matrix: [],
      mostContested: [],
      warnings: [],
    }),
  );
  // The same reason is told once, of all that have it.
  expect(nothing.match(/no value\. There are no judgments\./g)).toHaveLength(1);
  expect(nothing).toMatch(/<li>Percent agreement, Krippendorff’s α,? .*have no value\. There are no judgments\.<\/li>/);
  for (const told of [
    "Nothing can be said about agreement here",
    "No two labelers share 10 units",
    "No prompt was judged by two labelers",
  ])
    expect(nothing).toContain(told);
  for (const page of [agreementPage(documentOf()), nothing])
    expect(page.match(/NaN|Infinity|>undefined|\[object/g)).toBeNull();
});

test("an interval that reaches far below does not press the other coefficients together", () => {
  const [first, ...others] = documentOf().coefficients;
  const icc = { ...first!, name: "ICC_2_K" as const, value: -7, ci95: { low: -50, high: 0.5 }, reason: null };
  const page = agreementPage(documentOf({ coefficients: [first!, ...others, icc] }));
  // The axis holds −1 to 1: the bar runs from its end to 0.5, which is 75 %, and the numbers are whole.
  expect(page).toContain('aria-label="−7.000, interval from −50.000 to 0.500"');
  expect(page).toContain('<line class="bar" x1="0.00%" x2="75.00%" y1="50%" y2="50%"/><circle class="dot" cx="0.00%"');
});

test("planted blocks stand together in the heat map, and of 300 labelers 60 are shown", () => {
  const handle = (i: number) => `${"xyz"[i % 3]}${String(Math.floor(i / 3)).padStart(3, "0")}`;
  const pairsOf = (count: number) =>
    Array.from({ length: count }, (_, b) =>
      Array.from({ length: b }, (_, a) => ({
        ...{ a: labeler(handle(a)), b: labeler(handle(b)), shared: 12, kappa: null, tauB: null },
        value: a % 3 === b % 3 ? 0.9 : 0.5,
        n: 20,
      })),
    ).flat();
  const names = (page: string) => [...page.matchAll(/<text class="name" x=[^>]*>([^<]*)</g)].map(([, name]) => name!);
  const few = names(agreementPage(documentOf({ matrix: pairsOf(12) })));
  expect(few.map((name) => name[0]).join("")).toMatch(/^(xxxx|yyyy|zzzz){3}$/);
  expect(new Set(few).size).toBe(12);
  const many = agreementPage(documentOf({ matrix: pairsOf(300) }));
  expect(names(many)).toHaveLength(60);
  expect(many).toContain("Shown are the 60 of 300 labelers");
});

test("an axis holds everything from tick to tick", () => {
  const estimate = (value: number | null, low?: number, high?: number) => ({
    value,
    ci95: low === undefined || high === undefined ? null : { low, high },
  });
  expect(axisOf([estimate(0.748, 0.726, 0.768), estimate(0.556, 0.519, 0.591)], [0, 1]).ticks).toEqual([
    0, 0.2, 0.4, 0.6, 0.8, 1,
  ]);
  expect(axisOf([estimate(-0.31, -0.6, 0.1), estimate(null)], [0, 1]).ticks).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(axisOf([estimate(0.871)], [0.871]).ticks).toEqual([0.86, 0.88]);
  expect(axisOf([], [0, 1]).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
});

test("the command says how to make the same report again, defaults left out", () => {
  expect(commandOf(documentOf())).toBe("accord agreement mine --html report.html");
  const input: AgreementRequest = {
    ...documentOf().input,
    measure: "LABEL",
    label: "HALLUCINATION",
    tiePolicy: "STRICT_ONLY",
    pool: "HELD_OUT",
    labelerIds: ["a", "b"],
    split: "TEST",
    useCases: ["CHAT"],
    sources: ["CUSTOMER"],
    createdFrom: new Date(0),
    createdTo: new Date(1),
    instructionVersionId: "i",
    cluster: "AUTHOR",
    resamples: 200,
    seed: 3,
  };
  expect(commandOf(documentOf({ input, minUnits: 5 }))).toBe(
    "accord agreement mine --measure LABEL --label HALLUCINATION --tie-policy STRICT_ONLY --pool HELD_OUT --labelers a,b " +
      "--split TEST --use-cases CHAT --sources CUSTOMER --from 1970-01-01T00:00:00.000Z --to 1970-01-01T00:00:00.001Z " +
      "--instructions i --cluster AUTHOR --resamples 200 --seed 3 --min-units 5 --html report.html",
  );
});
