/** What TensorFlow.js calls things, for those who compute with it. Nothing is loaded until loadTensorFlow is called. */
export type { Tensor, Tensor1D, TensorInfo } from "@tensorflow/tfjs-core";

export const loadTensorFlow = () => import("@tensorflow/tfjs-core");

/** TensorFlow.js, as backend.ts opens it. */
export type Tf = Awaited<ReturnType<typeof loadTensorFlow>>["default"];
