import { divergence } from "../../../src/training/evaluation/divergence.js";
import { Random, SEED } from "../../datasets/random.js";

test("by hand: halves against a quarter and three quarters", () => {
  // Σ ½ ln(½ / ¼) + ½ ln(½ / ¾) = ½ ln(4/3)
  expect(divergence(Float32Array.of(0, 0), Float32Array.of(0, Math.log(3)))).toBeCloseTo(Math.log(4 / 3) / 2, 7);
});

test(`it is Σ p (log p − log q), at least 0, and 0 of a distribution with itself (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 50; run++) {
    const [p, q] = [0, 1].map(() => Float32Array.from({ length: 9 }, () => 8 * random.next() - 4)) as [
      Float32Array,
      Float32Array,
    ];
    const softmax = (logits: Float32Array) => {
      const exponentials = [...logits].map(Math.exp);
      const sum = exponentials.reduce((a, b) => a + b);
      return exponentials.map((e) => e / sum);
    };
    const [ps, qs] = [softmax(p), softmax(q)];
    const naive = ps.reduce((sum, one, i) => sum + one * Math.log(one / qs[i]!), 0);
    expect(divergence(p, q)).toBeCloseTo(naive, 10);
    expect(divergence(p, p)).toBe(0);
    expect(
      divergence(
        p.map((logit) => logit + 500),
        q,
      ),
    ).toBeCloseTo(naive, 3); // a shift, but for float32's rounding
  }
});
