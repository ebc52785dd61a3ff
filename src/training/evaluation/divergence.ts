/**
 * The Kullback–Leibler divergence of two next-token distributions, over the whole vocabulary: KL(p‖q) = Σ p (log p − log q),
 * in doubles from float32 logits.
 * @param p [V] logits of the policy @param q [V] logits of the reference
 * @returns nats, at least 0
 */
export function divergence(p: Float32Array, q: Float32Array): number {
  const [logSumP, logSumQ] = [logSumOfExponentials(p), logSumOfExponentials(q)];
  let sum = 0;
  for (let token = 0; token < p.length; token++) {
    const logP = p[token]! - logSumP;
    sum += Math.exp(logP) * (logP - (q[token]! - logSumQ));
  }
  return Math.max(0, sum); // rounding may leave it a little below
}

function logSumOfExponentials(logits: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  return most + Math.log(sum);
}
