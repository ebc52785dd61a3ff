import { Pace } from "../../src/jobs/pace.js";

test("pace and time left come from the last 20 seconds", () => {
  const pace = new Pace(10, 100);
  expect(pace.now).toEqual({ phase: "starting", step: 10, totalSteps: 100, etaSeconds: null, tokensPerSecond: null });
  const mark = (seconds: number, step: number, tokens: number) =>
    pace.mark(seconds * 1000, { phase: "training", step, totalSteps: 100, tokens });
  mark(0, 10, 1000);
  expect(pace.now).toMatchObject({ etaSeconds: null, tokensPerSecond: null });
  mark(5, 20, 2000);
  // 10 steps and 1,000 tokens in 5 s; 80 steps are left.
  expect(pace.now).toMatchObject({ phase: "training", step: 20, etaSeconds: 40, tokensPerSecond: 200 });
  mark(30, 70, 12_000);
  mark(40, 90, 16_000);
  // The marks of 0 s and 5 s are too old: 20 steps and 4,000 tokens in 10 s.
  expect(pace.now).toMatchObject({ etaSeconds: 5, tokensPerSecond: 400 });
  mark(41, 90, 16_000);
  expect(pace.now.tokensPerSecond).toBeGreaterThan(0);
  pace.enter("storing");
  expect(pace.now).toMatchObject({ phase: "storing", step: 90 });
});

test("a report at the same moment or without a step changes no figure", () => {
  const pace = new Pace(0, 10);
  pace.mark(0, { phase: "preparing", step: 0, totalSteps: 10, tokens: 0 });
  pace.mark(0, { phase: "training", step: 1, totalSteps: 10, tokens: 5 });
  expect(pace.now).toEqual({ phase: "training", step: 1, totalSteps: 10, etaSeconds: null, tokensPerSecond: null });
});
