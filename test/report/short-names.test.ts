import { isUpright, LONG, SHORT, shortNames, widthOf } from "../../src/report/short-names.js";

test("a name that is short enough stands as it is; of a longer one the beginning and the end", () => {
  expect(shortNames(["ann", "王小明", ""], SHORT)).toEqual(["ann", "王小明", ""]);
  const [latin, han] = shortNames(["labeler-of-the-first-team-0001", "标注员甲乙丙丁戊己庚辛壬癸"], SHORT);
  expect(latin).toMatch(/^labele[^…]*…[^…]*0001$/);
  expect(han).toMatch(/^标注员甲…辛?壬癸$|^标注员甲…庚辛壬癸$/);
  for (const name of [latin, han]) expect(widthOf(name as string)).toBeLessThanOrEqual(SHORT);
});

test.each([
  ["differ where it is left out", [`${"a".repeat(30)}1${"b".repeat(30)}`, `${"a".repeat(30)}2${"b".repeat(30)}`]],
  ["differ in spaces", ["anna", "anna ", " anna", "an na"]],
  ["differ in what cannot be seen", ["anna", "an\u200bna", "\u202eanna", "an\u00adna", "anna\ufe0f"]],
  ["are composed differently", ["José", "Jose\u0301"]],
  ["differ in width alone", ["Wang", "Ｗａｎｇ"]],
  ["have a number that another would be given", ["anna", "anna ", "anna\u2009#1"]],
])("names that %s are told apart", (_, names) => {
  for (const most of [SHORT, LONG]) {
    const short = shortNames(names, most);
    const looks = short.map((name) =>
      name
        .normalize("NFKC")
        .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, "")
        .replace(/\s+/gu, " ")
        .trim(),
    );
    expect(new Set(looks).size).toBe(names.length);
    for (const name of short) expect(widthOf(name)).toBeLessThanOrEqual(most);
  }
});

test("no character is cut: joined emoji and marks stay whole", () => {
  const family = "👩‍👩‍👧";
  const [short] = shortNames([family.repeat(20)], SHORT);
  expect((short as string).replaceAll(family, "")).toBe("…");
  const [marked] = shortNames(["e\u0301".repeat(40)], SHORT);
  expect((marked as string).replaceAll("e\u0301", "")).toBe("…");
});

test("Chinese, Japanese and Korean names stand upright, others do not", () => {
  for (const name of ["王小明", "ひろし", "カタカナ", "김민수", "QA 李", "Ｗａｎｇ"])
    expect(isUpright(name)).toBe(true);
  for (const name of ["ann", "Zoë", "Анна", "שלום", "อรุณ", ""]) expect(isUpright(name)).toBe(false);
});
