/**
 * One step of an exponential moving average of parameters, in place: ā ← d ā + (1 − d) θ (Ouyang et al. 2022, appendix C.4:
 * d = 0.992, after each iteration).
 * @param decay d, in [0, 1); where all of θ equal ā nothing changes
 */
export function moveAverage(average: Float32Array, values: Float32Array, decay: number): void {
  for (let i = 0; i < average.length; i++) average[i]! += (1 - decay) * (values[i]! - average[i]!);
}
