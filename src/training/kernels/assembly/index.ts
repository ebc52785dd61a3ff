/** The kernels as they are exported. They work on a memory that is imported, and keep nothing there by themselves. */
export { adamW, addArray, addSquares, softmaxWeights } from "./arrays";
export { attentionScratchBytes, causalAttention, causalAttentionGradient } from "./attention";
export { attend, multiplyPacked, pack, packedBytes, remember } from "./decoding";
export { multiply, productScratchBytes } from "./products";
export { addRow, gelu, geluGradient, layerNorm, layerNormGradient, sumOfRows, takeRows, takeRowsGradient } from "./rows";
export { crossEntropy, crossEntropyGradient, entropy } from "./softmax";
