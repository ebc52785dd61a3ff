import { agreementCsv, CSV_COLUMNS } from "../../src/report/csv.js";
import { documentOf, labeler } from "./support.js";

/** Reads RFC 4180: quoted cells may hold commas, line ends and doubled quotes. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

const table = (text: string) => {
  const [head, ...rows] = parse(text);
  return rows.map((row) => Object.fromEntries((head ?? []).map((name, i) => [name, row[i]])));
};

test("every figure is a row, with all its digits, and what is null an empty cell beside its reason", () => {
  const csv = agreementCsv(
    documentOf({ byLabeler: [{ labeler: labeler("ann"), value: 0.1 + 0.2, n: 3, ci95: null }] }),
  );
  expect(parse(csv)[0]).toEqual([...CSV_COLUMNS]);
  const rows = table(csv);
  expect(rows.map((row) => row.table)).toEqual([
    "coefficient",
    "coefficient",
    "labeler",
    "labeler_pair",
    "labeler_pair",
    "contested_prompt",
    "source",
    "source",
    "source",
    "warning",
  ]);
  expect(rows[6]).toMatchObject({ name: "sft-1", value: "0.8", n: "14", rank: "1", rank_ci95_high: "2" });
  expect(rows[0]).toMatchObject({ name: "PERCENT_AGREEMENT", value: "0.75", ci95_low: "0.61", standard_error: "0.06" });
  expect(rows[1]).toMatchObject({ value: "", ci95_low: "", reason: "All judgments are in one category." });
  // 0.1 + 0.2 in IEEE 754 doubles, at full length.
  expect(rows[2]).toMatchObject({ name: "ann", value: "0.30000000000000004", ci95_high: "" });
  expect(rows[4]).toMatchObject({ other_name: "cyd", kappa: "0.8", tau_b: "0.7" });
  expect(rows[3]).toMatchObject({ tau_b: "" });
});

test("no text begins as a formula does, numbers keep their minus, and quotes, commas and line ends are quoted", () => {
  const handles = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'a "b", c', "line\nend", "ü 😀", "'already"];
  const csv = agreementCsv(
    documentOf({
      byLabeler: handles.map((handle) => ({ labeler: labeler(handle), value: -0.25, n: 1, ci95: null })),
    }),
  );
  const rows = table(csv).filter((row) => row.table === "labeler");
  expect(rows.map((row) => row.name)).toEqual([
    "'=1+1",
    "'+1",
    "'-1",
    "'@SUM(A1)",
    "'\tx",
    "'\rx",
    'a "b", c',
    "line\nend",
    "ü 😀",
    "'already",
  ]);
  expect(new Set(rows.map((row) => row.value))).toEqual(new Set(["-0.25"]));
  expect(csv.endsWith("\r\n")).toBe(true);
});
