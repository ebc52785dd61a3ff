import { readFileSync } from "node:fs";
import { ERROR_CODES, JOB_ERROR_CODES } from "../src/errors.js";

const text = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");

test("docs/errors.md has the table of src/errors.ts", () => {
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+) \|$/gm)].map(([, code, status, meaning]) => ({
    code,
    status: Number(status),
    meaning,
  }));
  expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, facts]) => ({ code, ...facts })));
});

test("docs/errors.md has the table of why jobs fail", () => {
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (yes|no) \| (.+) \|$/gm)].map(([, code, retried, meaning]) => ({
    code,
    retried: retried === "yes",
    meaning,
  }));
  expect(rows).toEqual(Object.entries(JOB_ERROR_CODES).map(([code, facts]) => ({ code, ...facts })));
});
