import { describe, expect, it as test } from "@jest/globals";
import { fCdf, fQuantile } from "../../../src/agreement/intervals/f-distribution.js";
import { studentTQuantile } from "../../../src/agreement/intervals/student-t.js";

describe("the F distribution", () => {
  // scipy 1.10.1: d1, d2, f.ppf(.975, d1, d2), f.ppf(.025, d1, d2), f.cdf(1.3, d1, d2).
  test.each([
    [1, 1, 647.7890114778446, 0.0015437125086741326, 0.5416373191884817],
    [1, 10, 6.936728166296986, 0.0010323886717517965, 0.7192146481426701],
    [5, 18, 3.381967805875243, 0.15718616136624455, 0.6924325758774525],
    [19, 40, 2.0863642134965388, 0.42864654763102666, 0.7631264380592289],
    [3, 4.7653846, 8.151584069969937, 0.06698719462275061, 0.6250797349963881],
    [4.78, 5, 7.191842249271913, 0.13319682218682147, 0.6112108074012794],
    [0.5, 9, 9.229332948836113, 1.14790438387326e-6, 0.7653912688216041],
    [9, 0.5, 871152.6970790016, 0.10835019232089871, 0.3118984082025361],
    [0.05, 5, 13.914167077400963, 2.331917657718035e-63, 0.9252346868455472],
    [100, 300.25, 1.3612425295635655, 0.7156677467479637, 0.9521198747848432],
    [99999, 199998, 1.010783256908917, 0.9893125172855859, 0.9999999999999999],
    [2.5, 1e5, 3.3570505790810947, 0.04744908635957397, 0.7264766461047415],
  ])("with %d and %d degrees of freedom has scipy's quantiles", (d1, d2, high, low, share) => {
    expect(fQuantile(0.975, d1, d2) / high).toBeCloseTo(1, 9);
    expect(fQuantile(0.025, d1, d2) / low).toBeCloseTo(1, 9);
    expect(fCdf(1.3, d1, d2)).toBeCloseTo(share, 10);
  });

  test("is that of a squared t, and of its own reciprocal", () => {
    for (const freedom of [1, 2, 7, 30]) {
      expect(fQuantile(0.95, 1, freedom)).toBeCloseTo(studentTQuantile(0.975, freedom) ** 2, 8);
      expect(fQuantile(0.9, 5, freedom) * fQuantile(0.1, freedom, 5)).toBeCloseTo(1, 10);
    }
  });

  test("is 0 below 0, grows beyond all numbers with next to no degrees of freedom, and refuses what is no distribution", () => {
    expect(fCdf(0, 2, 3)).toBe(0);
    expect(fQuantile(0.975, 3, 1e-5)).toBe(Number.POSITIVE_INFINITY);
    expect(() => fCdf(1, 0, 3)).toThrow("Degrees of freedom are 0 and 3; they must be above 0.");
    expect(() => fQuantile(1, 2, 3)).toThrow("The share is 1; it must be above 0 and below 1.");
  });
});
