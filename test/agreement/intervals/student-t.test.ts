import { describe, expect, it as test } from "@jest/globals";
import { studentTCdf, studentTQuantile } from "../../../src/agreement/intervals/student-t.js";

describe("Student's t", () => {
  // scipy 1.17.1, scipy.stats.t.ppf(0.975, df).
  test.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [7, 2.364624251592784],
    [10, 2.228138851986274],
    [15, 2.131449545559776],
    [19, 2.0930240544083087],
    [31, 2.039513446396408],
    [62, 1.9989715170333788],
    [98, 1.9844674545084815],
  ])("has its 0.975 quantile with %d degrees of freedom at %d", (degreesOfFreedom, expected) => {
    expect(studentTQuantile(0.975, degreesOfFreedom)).toBeCloseTo(expected, 9);
    expect(studentTCdf(expected, degreesOfFreedom)).toBeCloseTo(0.975, 12);
    expect(studentTCdf(-expected, degreesOfFreedom)).toBeCloseTo(0.025, 12);
  });

  test("is one half at 0 and refuses what is no distribution", () => {
    expect(studentTQuantile(0.5, 4)).toBeCloseTo(0, 12);
    expect(() => studentTCdf(1, 0)).toThrow("Degrees of freedom are 0; they must be an integer from 1.");
    expect(() => studentTQuantile(1, 3)).toThrow("The share is 1; it must be from 0.5 and below 1.");
  });
});
