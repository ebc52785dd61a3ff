import { parameterCount, withScalarHead } from "../../../src/training/config/model-shape.js";
import { fromTensors, parametersOf, toTensors, totalSize } from "../../../src/training/model/parameters.js";
import { newValues, TINY, UNTIED } from "../support.js";

test("GPT-2 small has 124,439,808 parameters, under its names", () => {
  // The count of the "gpt2" checkpoint on Hugging Face, whose tied unembedding is no parameter of its own.
  const gpt2 = {
    layers: 12,
    heads: 12,
    width: 768,
    contextLength: 1024,
    vocabularySize: 50257,
    tokenizer: "GPT2",
  } as const;
  expect(parameterCount(gpt2)).toBe(124_439_808);
  const parameters = parametersOf(gpt2);
  expect(totalSize(parameters)).toBe(124_439_808);
  // Its names and shapes in model.safetensors, without attn.bias, which is the causal mask.
  expect(parameters.slice(0, 15).map(({ name, shape }) => `${name} ${shape}`)).toEqual([
    "wte.weight 50257,768",
    "wpe.weight 1024,768",
    "h.0.ln_1.weight 768",
    "h.0.ln_1.bias 768",
    "h.0.attn.c_attn.weight 768,2304",
    "h.0.attn.c_attn.bias 2304",
    "h.0.attn.c_proj.weight 768,768",
    "h.0.attn.c_proj.bias 768",
    "h.0.ln_2.weight 768",
    "h.0.ln_2.bias 768",
    "h.0.mlp.c_fc.weight 768,3072",
    "h.0.mlp.c_fc.bias 3072",
    "h.0.mlp.c_proj.weight 3072,768",
    "h.0.mlp.c_proj.bias 768",
    "h.1.ln_1.weight 768",
  ]);
  expect(parameters.slice(-2).map(({ name }) => name)).toEqual(["ln_f.weight", "ln_f.bias"]);
});

test("a scalar head comes last and begins with 0, so that all scores begin equal", () => {
  const architecture = withScalarHead(TINY);
  const parameters = parametersOf(architecture);
  expect(parameters.slice(-2).map(({ name, shape }) => `${name} ${shape}`)).toEqual([
    "score.weight 16,1",
    "score.bias 1",
  ]);
  expect(parameters.slice(0, -2)).toEqual(parametersOf(TINY));
  expect(totalSize(parameters)).toBe(parameterCount(architecture));
  expect(parameterCount(architecture)).toBe(parameterCount(TINY) + 17);
  const values = newValues(architecture);
  expect(values.slice(0, -17)).toEqual(newValues(TINY));
  expect(values.slice(-17)).toEqual(new Float32Array(17));
});

test("an unembedding of its own comes last, and a scalar head takes its place", () => {
  const parameters = parametersOf(UNTIED);
  expect(parameters.slice(0, -1)).toEqual(parametersOf(TINY));
  expect(parameters.slice(-1).map(({ name, shape }) => `${name} ${shape}`)).toEqual(["lm_head.weight 257,16"]);
  expect(totalSize(parameters)).toBe(parameterCount(UNTIED));
  expect(parameterCount(UNTIED)).toBe(parameterCount(TINY) + 257 * 16);
  expect(withScalarHead(UNTIED)).toEqual(withScalarHead(TINY));
});

test("the numbers of a new model: 0.02, and 0.02 / √(2·layers) where it writes into the residual stream", () => {
  const values = newValues({ ...TINY, width: 64 });
  for (const { name, offset, size, start } of parametersOf({ ...TINY, width: 64 })) {
    const part = [...values.subarray(offset, offset + size)];
    if ("constant" in start) {
      expect(part.every((value) => value === (/ln_\w+\.weight/.test(name) ? 1 : 0))).toBe(true);
      continue;
    }
    const deviation = /c_proj/.test(name) ? 0.02 / Math.sqrt(4) : 0.02;
    const mean = part.reduce((sum, value) => sum + value, 0) / size;
    const spread = Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size);
    // At least 2,048 numbers: six standard errors of the mean are 6 σ / √n, of the deviation 6 σ / √(2n).
    expect(Math.abs(mean)).toBeLessThan((6 * deviation) / Math.sqrt(size));
    expect(Math.abs(spread - deviation)).toBeLessThan((6 * deviation) / Math.sqrt(2 * size));
  }
});

test("another seed, other numbers; and a parameter's own do not depend on the others", () => {
  expect(newValues(TINY, 1)).toEqual(newValues(TINY, 1));
  expect(newValues(TINY, 1)).not.toEqual(newValues(TINY, 2));
  const deeper = { ...TINY, layers: 3 };
  const wte = TINY.vocabularySize * TINY.width;
  expect(newValues(deeper, 1).subarray(0, wte)).toEqual(newValues(TINY, 1).subarray(0, wte));
});

test("to a file's tensors and back, with a sentence where they do not fit", () => {
  const parameters = parametersOf(TINY);
  const values = newValues(TINY);
  const tensors = toTensors(values, parameters, "model.");
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const again = new Float32Array(values.length);
  expect(fromTensors(again, parameters, byName, "model.")).toBeNull();
  expect(again).toEqual(values);
  expect(fromTensors(again, parameters, byName)).toBe("lacks the tensor wte.weight of shape [257,16]");
  byName.set("model.wte.weight", { name: "model.wte.weight", shape: [1], data: new Float32Array(1) });
  expect(fromTensors(again, parameters, byName, "model.")).toBe(
    "has the tensor model.wte.weight in the shape [1], not [257,16]",
  );
});
