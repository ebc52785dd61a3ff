import { ENGINE_FLAGS, engineFlags } from "../../../src/training/kernels/engine-flags.js";
import { compileKernels } from "../../../src/training/kernels/load-kernels.js";

// process.versions.v8 of Node 20.19.0, 22.23.5, 24.22.3 and 26.12.1, and of a Node to come.
test.each([
  ["11.3.244.8-node.26", ["--experimental-wasm-relaxed-simd"]],
  ["12.4.254.21-node.57", []],
  ["13.6.233.17-node.63", []],
  ["14.6.202.34-node.40", []],
  ["15.0.1", []],
])("V8 %s is told %j", (version, flags) => {
  expect(engineFlags(version)).toEqual(flags);
});

test("each flag has a reason, and the engine that runs here takes all of its own and runs the fastest kernels", () => {
  for (const { v8, why } of ENGINE_FLAGS)
    expect([v8[0] <= v8[1], why]).toEqual([true, expect.stringMatching(/^[A-Z].+\.$/)]);
  expect(compileKernels()?.variant).toBe("relaxed-simd");
  // It is told each time, and may be.
  expect(compileKernels(["simd"])?.variant).toBe("simd");
});
