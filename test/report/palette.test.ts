import { DARK, LIGHT } from "../../src/report/palette.js";

/** Relative luminance of #rrggbb: WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** (L1 + 0.05) / (L2 + 0.05), 1 to 21: WCAG 2.2, "contrast ratio". */
function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test("the contrast of black on white is 21, of #767676 on white 4.54 (WCAG's own examples)", () => {
  expect([contrast("#000000", "#ffffff"), contrast("#767676", "#ffffff")]).toEqual([21, expect.closeTo(4.54, 2)]);
});

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("the %s scheme", (_name, scheme) => {
  test("text has a contrast of 4.5 at least (WCAG AA, 1.4.3), running text of 7", () => {
    const { page, surface, ink, muted, accent, warning, steps } = scheme;
    const pairs = [page, surface].flatMap((ground) => [ink, muted, accent].map((text) => [text, ground] as const));
    const filled = [warning, ...steps].map(({ fill, ink: text }) => [text, fill] as const);
    const low = [...pairs, ...filled].filter(([text, ground]) => contrast(text, ground) < 4.5);
    expect(low).toEqual([]);
    expect(Math.min(contrast(ink, page), contrast(ink, surface))).toBeGreaterThan(7);
    // A contested prompt's number stands on the accent in the page's colour.
    expect(contrast(page, accent)).toBeGreaterThan(4.5);
  });

  test("what pictures say by colour has a contrast of 3 at least (WCAG AA, 1.4.11): estimates, and the ends of the scale", () => {
    const { page, accent, warningLine, steps, warning } = scheme;
    for (const mark of [accent, steps[0]!.fill, steps[1]!.fill, steps[7]!.fill, steps[8]!.fill])
      expect(contrast(mark, page)).toBeGreaterThan(3);
    expect(contrast(warningLine, warning.fill)).toBeGreaterThan(3);
    expect(contrast(steps[0]!.fill, steps[4]!.fill)).toBeGreaterThan(3);
    expect(contrast(steps[8]!.fill, steps[4]!.fill)).toBeGreaterThan(3);
  });
});
