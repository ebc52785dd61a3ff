import { checkHandle, checkKey, checkSlug, checkText, slugFromFileName } from "../../../src/datasets/records/names.js";

test.each(["A", "AA", "é", "😀".repeat(64), "key-9", "a/b", "<", "."])("the key %s", (key) => {
  expect(() => checkKey(key)).not.toThrow();
});

test.each(["", " ", "A B", "A>B", "A=B", "A\n", "A\u007f", "A\u00a0", "A".repeat(65), "\ud800"])(
  "no key: %j",
  (key) => {
    expect(() => checkKey(key, "input.key")).toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", field: "input.key" }),
    );
  },
);

test.each(["w1", "Ann Élise (2)", "研究员", "a@b.example", "w".repeat(200), "😀".repeat(200)])(
  "the handle %s",
  (handle) => {
    expect(() => checkHandle(handle)).not.toThrow();
  },
);

test.each(["", "a\tb", "a\0", "w".repeat(201), "\udfff"])("no handle: %j", (handle) => {
  expect(() => checkHandle(handle)).toThrow(
    /^handle is .*; a handle is 1 to 200 characters without control characters\.$/,
  );
});

test.each(["a", "0", "squality", "hh-rlhf_2", "a".repeat(100)])("the slug %s", (slug) => {
  expect(() => checkSlug(slug)).not.toThrow();
});

test.each(["", "-a", "_a", "A", "a b", "é", "a/b", "..", "a\n", "a".repeat(101)])("no slug: %j", (slug) => {
  expect(() => checkSlug(slug)).toThrow(/^slug is .*; a slug is 1 to 100 lower-case letters a–z/);
});

test.each([
  ["squality.jsonl.gz", "squality"],
  ["/some where/HH RLHF (harmless).JSONL", "hh-rlhf-harmless"],
  ["C:\\files\\été_2.ndjson", "ete_2"],
  ["__x.json", "x"],
  ["v1.2.native.jsonl", "v1-2"],
  ["-", null],
  ["数据.jsonl", null],
  [`${"a".repeat(99)}-b.jsonl`, "a".repeat(99)],
])("the file %s gives the slug %s", (file, slug) => {
  if (slug === null)
    expect(() => slugFromFileName(file)).toThrow(/^No slug can be made of the file name ".*": name the dataset\.$/);
  else {
    expect(slugFromFileName(file)).toBe(slug);
    expect(() => checkSlug(slug)).not.toThrow();
  }
});

test("lengths are counted in characters, not in UTF-16 units", () => {
  expect(() => checkText("😀😀", "t", 1, 2)).not.toThrow();
  expect(() => checkText("😀😀a", "t", 1, 2)).toThrow("t has 3 characters; it may have 2.");
});
