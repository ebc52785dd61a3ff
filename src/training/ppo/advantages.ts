export interface AdvantageConfig {
  /** γ, in [0, 1]. */
  readonly discount: number;
  /** λ, in [0, 1]. */
  readonly gaeLambda: number;
}

/**
 * Generalised advantage estimation over one response (Schulman et al. 2016, equation 16):
 *
 *   δₜ = rₜ + γ Vₜ₊₁ − Vₜ;  Aₜ = δₜ + γ λ Aₜ₊₁;  behind the last state V and A are 0
 *
 * @param rewards [states] @param values [states] of the model before the update
 * @returns advantages, and Aₜ + Vₜ, what the value model is to learn; neither is whitened
 */
export function estimateAdvantages(
  rewards: Float64Array,
  values: ArrayLike<number>,
  { discount, gaeLambda }: AdvantageConfig,
): { readonly advantages: Float64Array; readonly returns: Float64Array } {
  const advantages = new Float64Array(rewards.length);
  const returns = new Float64Array(rewards.length);
  let next = 0;
  let nextValue = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    const value = values[t]!;
    next = rewards[t]! + discount * nextValue - value + discount * gaeLambda * next;
    nextValue = value;
    advantages[t] = next;
    returns[t] = next + value;
  }
  return { advantages, returns };
}
