import type { AgreementMeasure } from "../../vocabulary.js";
import type { AlphaLevel } from "./krippendorff-alpha.js";

/** How a measure's values are read: its declared scale (its size is q, however many values occur) and the level of its alpha. */
export interface MeasureDefinition {
  /** The values in order; for RANKING the category's sign as seen from the first completion of the pair. [q] */
  readonly scale: readonly number[];
  readonly categoryNames: readonly string[];
  readonly alphaLevel: AlphaLevel;
  /** True where a unit is a pair of completions whose order is arbitrary. */
  readonly oriented: boolean;
}

const numbers = (scale: readonly number[], alphaLevel: AlphaLevel): MeasureDefinition => ({
  scale,
  categoryNames: scale.map(String),
  alphaLevel,
  oriented: false,
});

/** Every measure of agreement. Scales: overall 1–7 (Table 3); toxicity 0–2, relative −1 to 1, continuity 1–7 (Figure 11). */
export const MEASURES: Readonly<Record<AgreementMeasure, MeasureDefinition>> = {
  RANKING: { scale: [-1, 0, 1], categoryNames: [">", "=", "<"], alphaLevel: "nominal", oriented: true },
  OVERALL: numbers([1, 2, 3, 4, 5, 6, 7], "ordinal"),
  LABEL: { scale: [0, 1], categoryNames: ["false", "true"], alphaLevel: "nominal", oriented: false },
  TOXICITY_OUTPUT: numbers([0, 1, 2], "ordinal"),
  TOXICITY_RELATIVE: numbers([-1, 0, 1], "ordinal"),
  CONTINUITY: numbers([1, 2, 3, 4, 5, 6, 7], "ordinal"),
};
