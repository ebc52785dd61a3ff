export interface Schedule {
  /** η after the warm-up. */
  readonly peak: number;
  /** Steps over which η grows; 0: it begins at the peak. */
  readonly warmUpSteps: number;
  readonly totalSteps: number;
  /** The last step's part of the peak. */
  readonly finalFraction: number;
}

/**
 * The learning rate of a step: linear from peak / warmUpSteps up to the peak, then along half a cosine down to
 * finalFraction · peak at the last step: peak · (f + (1 − f) · ½ (1 + cos(π · progress))), where progress goes from 0 at the
 * first step after the warm-up to 1 at the last step (Ouyang et al. 2022, appendix C.1: cosine decay to 10 %, no warm-up).
 * @param step from 1 to totalSteps
 */
export function learningRateAt(step: number, { peak, warmUpSteps, totalSteps, finalFraction }: Schedule): number {
  if (step <= warmUpSteps) return (peak * step) / warmUpSteps;
  const decaying = totalSteps - warmUpSteps - 1;
  const progress = decaying > 0 ? (step - warmUpSteps - 1) / decaying : 0;
  return peak * (finalFraction + (1 - finalFraction) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
