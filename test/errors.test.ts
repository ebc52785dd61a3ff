import { readFileSync } from "node:fs";
import { ERROR_CODES } from "../src/errors.js";

test("docs/errors.md has the table of src/errors.ts", () => {
  const text = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+) \|$/gm)].map(([, code, status, meaning]) => ({
    code,
    status: Number(status),
    meaning,
  }));
  expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, facts]) => ({ code, ...facts })));
});
