import type { RatingMethod } from "../../vocabulary.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import { bradleyTerryInSlices, fitBradleyTerry } from "./bradley-terry.js";
import { strongComponents } from "./components.js";
import { type DavidsonFit, davidsonInSlices, fitDavidson, hasFiniteDavidson } from "./davidson.js";
import { ELO_K, eloInSlices, eloOfCells } from "./elo.js";
import { graphOf, type PairCounts } from "./pair-counts.js";
import { centred, type Ratings } from "./ratings.js";
import { winRates } from "./win-rate.js";

/** How much of a resample's rating is computed: far below what its chance is. */
const ROUGH = 1e-9;
const ROUGH_POINTS = 1e-5;

/** The ratings of counts over the same pairs as the whole; null where there is no finite maximum. */
export type Refit = (counts: PairCounts) => TimeSlices<Float64Array | null>;

/** A way to rate sources, with what intervals need of it. */
export interface RatingRule {
  /** The range of ratings; an interval stays within. */
  readonly minimum: number;
  readonly maximum: number;
  /** The ratings of the whole, with Davidson's ν. */
  rate(counts: PairCounts, names: readonly string[]): TimeSlices<Ratings & { readonly tieParameter?: number | null }>;
  /** Prepares to rate resamples of a whole that has ratings: they begin where it ended. */
  prepare(total: PairCounts): TimeSlices<Refit>;
}

const UNBOUNDED = { minimum: Number.NEGATIVE_INFINITY, maximum: Number.POSITIVE_INFINITY };

/** The rule of each method. */
export const RATING_RULES: Readonly<Record<RatingMethod, RatingRule>> = {
  BRADLEY_TERRY: {
    ...UNBOUNDED,
    rate: bradleyTerryInSlices,
    *prepare(total) {
      const [graph, sizes] = [graphOf(total), new Int32Array(total.sources).fill(1)];
      const whole = yield* fitBradleyTerry(total, new Float64Array(total.sources));
      return function* (counts) {
        if (whole === null || strongComponents(counts, graph).count > 1) {
          return null;
        }
        const fit = yield* fitBradleyTerry(counts, whole.at, whole.factor, ROUGH);
        return fit && centred(fit.at, sizes);
      };
    },
  },
  DAVIDSON: {
    ...UNBOUNDED,
    rate: davidsonInSlices,
    *prepare(total) {
      const [graph, sizes] = [graphOf(total), new Int32Array(total.sources).fill(1)];
      const whole: DavidsonFit | null = yield* fitDavidson(total, null);
      return function* (counts) {
        if (whole === null || !hasFiniteDavidson(counts, graph)) {
          return null;
        }
        const fit = yield* fitDavidson(counts, whole, ROUGH);
        return fit && centred(fit.at.slice(0, total.sources), sizes);
      };
    },
  },
  ELO: {
    ...UNBOUNDED,
    *rate(counts) {
      return { values: yield* eloInSlices(counts), reason: null };
    },
    *prepare(total) {
      const sizes = new Int32Array(total.sources).fill(1);
      yield;
      return (counts) => eloOfCells(counts, sizes, ELO_K, ROUGH_POINTS);
    },
  },
  WIN_RATE: {
    minimum: 0,
    maximum: 1,
    *rate(counts) {
      yield;
      return { values: winRates(counts), reason: null };
    },
    *prepare() {
      yield;
      return function* (counts) {
        yield;
        return winRates(counts);
      };
    },
  },
};
