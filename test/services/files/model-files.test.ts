/** Models leave in Hugging Face's layout and come in by folder, tar and command line; what is no model is refused. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { trainingMemoryBytes } from "../../../src/training/config/estimates.js";
import type { Architecture } from "../../../src/training/config/model-shape.js";
import { writeSafetensors } from "../../../src/training/files/safetensors.js";
import { exportTexts } from "../../../src/training/hugging-face/export-texts.js";
import { parametersOf, toTensors } from "../../../src/training/model/parameters.js";
import { accordAt } from "../../support/accord.js";
import { importText } from "../../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../../support/training-server.js";
import { newValues } from "../../training/support.js";

let server: TrainingServer;
let model: { id: string; sha256: string };
const scratch = mkdtempSync(path.join(os.tmpdir(), "accord-models-"));
const exported = path.join(scratch, "out");

/** The least that a server can be given, which is enough for the tiny models here. */
const MEMORY = 64 << 20;

beforeAll(async () => {
  server = await startTrainingServer({ JOB_MEMORY_BYTES: String(MEMORY) });
  await importText(server, "d", demonstrationLines());
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const input = { datasetId: dataset.id, architecture: TINY, epochs: 1, name: "Tiny / ✓" };
  const { startSft } = await server.data<{ startSft: { id: string } }>(
    "mutation ($input: SftInput!) { startSft(input: $input) { id } }",
    { input },
  );
  const runner = await server.runner();
  model = (await untilJob(server, startSft.id, hasEnded)).model as typeof model;
  await runner.stop();
  expect(await accord("model", "export", model.id, "-o", exported)).toMatchObject({ status: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
});

const accord = (...args: string[]) => accordAt(server, args);

const IMPORT = `mutation ($input: ImportModelInput!) {
  importModel(input: $input) { id name stage tokenizer parameterCount architecture importNotes job { id } parents { id } sha256 }
}`;
const importFolder = (input: Record<string, unknown>) =>
  server.graphql<{ importModel: { id: string; sha256: string; importNotes: string[] } }>(IMPORT, {
    input,
  });

/** Puts the exported folder below DATA_DIR/incoming, changed. */
function incoming(name: string, change: (folder: string) => void = () => {}): string {
  const folder = server.directory.incoming(name);
  cpSync(exported, folder, { recursive: true });
  change(folder);
  return name;
}

const post = (name: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/models?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}`, ...headers },
    body,
  });

async function tarOf(prefix: string, names = readdirSync(exported)): Promise<Uint8Array> {
  return packTar(
    names.map((name) => {
      const body = readFileSync(path.join(exported, name));
      return { header: { name: `${prefix}${name}`, size: body.length }, body };
    }),
  );
}

const tensorsOf = (file: Uint8Array): Uint8Array =>
  file.subarray(8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)));

test("an export is a folder that transformers knows", () => {
  expect(readdirSync(exported).sort()).toEqual([
    "config.json",
    "generation_config.json",
    "merges.txt",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
  ]);
  expect(JSON.parse(readFileSync(path.join(exported, "config.json"), "utf8"))).toMatchObject({
    architectures: ["GPT2LMHeadModel"],
    n_layer: 1,
    n_positions: 48,
    vocab_size: 258,
  });
});

test("what was exported is imported with the same numbers, from a folder, a tar and the command line", async () => {
  const { data } = await importFolder({ name: "by folder", folder: incoming("tiny") });
  expect(data?.importModel).toMatchObject({ stage: "IMPORTED", tokenizer: "BYTES", job: null, parents: [] });
  const own = readFileSync(server.directory.model(model.sha256));
  const again = readFileSync(server.directory.model(data?.importModel.sha256 as string));
  expect(Buffer.compare(tensorsOf(again), tensorsOf(own))).toBe(0);
  const plain = await post("by tar", await tarOf("some/folder/"));
  const importNotes = [expect.stringContaining('Left out: 1 special token, "<|pad|>" (id 257)')];
  expect(data?.importModel.importNotes).toEqual(importNotes);
  expect([plain.status, await plain.json()]).toMatchObject([
    200,
    { name: "by tar", stage: "IMPORTED", sha256: data?.importModel.sha256, importNotes },
  ]);
  const packed = await post("by gzip", gzipSync(await tarOf("")), { "content-encoding": "gzip" });
  expect(packed.status).toBe(200);
  const typed = await accord("model", "import", exported, "--name", "by hand", "--json");
  expect([typed.status, JSON.parse(typed.out)]).toMatchObject([
    0,
    { name: "by hand", sha256: data?.importModel.sha256, importNotes },
  ]);
  const told = await accord("model", "import", exported, "--name", "by hand, read");
  expect([told.status, told.out.split("\n")[1]]).toEqual([0, importNotes[0]]);
  expect(readdirSync(server.directory.incoming("")).filter((name) => name.startsWith("."))).toEqual([]);
});

test("equal imports at once with one idempotency key make one model; another name is another model of the same file", async () => {
  const input = { name: "once", folder: incoming("once"), idempotencyKey: "k" };
  const answers = await Promise.all(Array.from({ length: 4 }, () => importFolder(input)));
  expect(new Set(answers.map(({ data }) => data?.importModel.id)).size).toBe(1);
  expect(await importFolder({ name: "once", folder: "once" })).toMatchObject({
    errors: [{ extensions: { code: "CONFLICT" }, message: expect.stringContaining('The name "once"') }],
  });
  const sha256 = answers[0]?.data?.importModel.sha256 as string;
  expect(existsSync(server.directory.model(sha256))).toBe(true);
});

test.each([
  ["a path", { folder: "../models" }, "BAD_USER_INPUT", "the plain name of a folder"],
  ["a hidden folder", { folder: ".x" }, "BAD_USER_INPUT", "the plain name of a folder"],
  [
    "a folder that is not there",
    { folder: "nowhere" },
    "UNPROCESSABLE",
    'There is no folder "nowhere" below DATA_DIR/incoming',
  ],
  ["a blank name", { name: " ", folder: "tiny" }, "BAD_USER_INPUT", "a character that is seen"],
])("%s is refused", async (_, input, code, sentence) => {
  const { errors } = await importFolder({ name: "x", ...input });
  expect(errors).toMatchObject([{ extensions: { code }, message: expect.stringContaining(sentence) }]);
});

test("folders that are no model are refused with what is wrong, and leave nothing", async () => {
  const before = readdirSync(server.directory.models()).sort();
  const broken = (name: string, file: string, content: string | Buffer | null) =>
    importFolder({
      name,
      folder: incoming(name, (folder) =>
        content === null ? rmSync(path.join(folder, file)) : writeFileSync(path.join(folder, file), content),
      ),
    });
  const header = Buffer.alloc(8);
  header.writeBigUInt64LE(2n ** 60n);
  for (const [file, content, sentence] of [
    ["config.json", null, "The folder has no config.json."],
    ["model.safetensors", null, "The folder has neither model.safetensors nor model.safetensors.index.json."],
    ["model.safetensors", header, "The header is said to have 1152921504606846976 bytes"],
    ["config.json", '{"model_type":"bert"}', 'config.json has model_type "bert"'],
    ["tokenizer.json", "[]", "tokenizer.json is no JSON object."],
  ] as const) {
    const { errors } = await broken(`broken ${sentence.length}`, file, content);
    expect(errors).toMatchObject([
      { extensions: { code: "UNPROCESSABLE" }, message: expect.stringContaining(sentence) },
    ]);
  }
  expect(readdirSync(server.directory.models()).sort()).toEqual(before);
});

test("an upload that is no tar, or breaks off, or whose name is taken is refused, and leaves nothing", async () => {
  const whole = await tarOf("");
  for (const [name, body, status, sentence] of [
    ["noise", Buffer.alloc(2048, 7), 400, "The input is no tar, or one that was cut short."],
    ["empty", await packTar([]), 422, "The folder has no config.json."],
    ["cut", whole.subarray(0, 3_000), 400, "The input is no tar, or one that was cut short."],
    ["by tar", whole, 409, 'The name "by tar"'],
  ] as const) {
    const answer = await post(name, body);
    const { errors } = (await answer.json()) as { errors: { message: string }[] };
    expect([name, answer.status, errors[0]?.message]).toEqual([name, status, expect.stringContaining(sentence)]);
  }
  expect(readdirSync(server.directory.incoming("")).filter((name) => name.startsWith("."))).toEqual([]);
});

test("links in a tar are passed over, and so are other files", async () => {
  const tar = await packTar([
    { header: { name: "config.json", type: "symlink", linkname: "/etc/hostname", size: 0 } },
    { header: { name: "evil.sh", size: 2 }, body: "ls" },
  ]);
  const answer = await post("links", tar);
  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    { errors: [{ message: "The folder has no config.json." }] },
  ]);
});

test("a folder of symbolic links, as a cache of Hugging Face's is, is imported from the command line", async () => {
  const folder = path.join(scratch, "links");
  mkdirSync(folder);
  for (const file of readdirSync(exported)) symlinkSync(path.join("..", "out", file), path.join(folder, file));
  const typed = await accord("model", "import", folder, "--name", "by links", "--json");
  expect([typed.status, typed.err]).toEqual([0, ""]);
  expect(JSON.parse(typed.out)).toMatchObject({ name: "by links" });
});

test("a tar with files of two folders, or one file twice, is refused", async () => {
  const body = readFileSync(path.join(exported, "config.json"));
  const file = (name: string) => ({ header: { name, size: body.length }, body });
  for (const [names, sentence] of [
    [["a/config.json", "a/./config.json"], 'The tar has two files config.json: "a/config.json" and "a/./config.json".'],
    [["a/config.json", "../b/vocab.json"], "The tar has files of a model in several folders"],
  ] as const) {
    const answer = await post("twice", await packTar(names.map(file)));
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { errors: [{ message: expect.stringContaining(sentence) }] },
    ]);
  }
});

test.each(["a\u202eb", "a\u2066b", "a\u0007b"])(
  "the name %j, which would show as another, is refused",
  async (name) => {
    const { errors } = await importFolder({ name, folder: "tiny" });
    const shown = `a<U+${name.charCodeAt(1).toString(16).toUpperCase().padStart(4, "0")}>b`;
    expect(errors).toMatchObject([{ message: expect.stringContaining(`input.name is "${shown}"`) }]);
  },
);

test("a model that can be generated from but not trained is imported, and refused when training is asked for", async () => {
  const architecture: Architecture = {
    layers: 4,
    heads: 4,
    width: 192,
    contextLength: 48,
    vocabularySize: 257,
    tokenizer: "BYTES",
  };
  expect(trainingMemoryBytes(architecture, { batchSize: 1, threads: 1 })).toBeGreaterThan(MEMORY);
  const folder = server.directory.incoming("large");
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of await exportTexts({ stage: "SFT", architecture, tokenizer: byteTokenizer }))
    writeFileSync(
      path.join(folder, name),
      name === "config.json" ? text.replace('"vocab_size": 258', '"vocab_size": 257') : text,
    );
  const tensors = toTensors(newValues(architecture), parametersOf(architecture));
  writeFileSync(path.join(folder, "model.safetensors"), writeSafetensors({ metadata: {}, tensors }));
  const { data, errors } = await importFolder({ name: "large", folder: "large" });
  expect(errors).toBeUndefined();
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  const asked = await server.graphql("mutation ($input: SftInput!) { startSft(input: $input) { id } }", {
    input: { datasetId: dataset.id, baseModelId: data?.importModel.id },
  });
  expect(asked.errors).toMatchObject([
    {
      message: expect.stringMatching(
        /^To train this model of 1,[\d,]+ parameters takes \d+ MB of memory even in batches of 1/,
      ),
    },
  ]);
});

test("a model from which no job could generate is refused by config.json, before its weights are read", async () => {
  const config = JSON.parse(readFileSync(path.join(exported, "config.json"), "utf8"));
  const body = Buffer.from(JSON.stringify({ ...config, n_layer: 90, n_embd: 1024 }));
  const tar = await packTar([
    { header: { name: "config.json", size: body.length }, body },
    { header: { name: "model.safetensors", size: 50_000 }, body: new Uint8Array(50_000) },
  ]);
  // The client sends the beginning of the weights and nothing more: were they read, there would be no answer.
  const beginning = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(tar.subarray(0, 4_096)),
  });
  const answer = await fetch(`${server.url}/models?name=huge`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}` },
    body: beginning,
    duplex: "half",
  } as RequestInit);
  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    {
      errors: [
        { message: expect.stringMatching(/^config.json describes a model of 1,[\d,]+ parameters, which needs/) },
      ],
    },
  ]);
});

test("a damaged file is not downloaded whole, in either layout", async () => {
  const { data } = await importFolder({ name: "to damage", folder: "tiny" });
  await server.data(`mutation { deleteModel(id: "${data?.importModel.id}") }`); // other models of the hash keep the file
  const file = server.directory.model(model.sha256);
  const whole = readFileSync(file);
  const flipped = Buffer.from(whole);
  flipped[whole.length - 1] = flipped[whole.length - 1]! ^ 1;
  writeFileSync(file, flipped);
  const get = (format: string) =>
    fetch(`${server.url}/models/${model.id}/download?format=${format}`, {
      headers: { authorization: `Bearer ${server.adminKey}` },
    });
  for (const format of ["native", "huggingface"]) {
    const answer = await get(format);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("is gone or damaged")]);
  }
  writeFileSync(file, whole);
  expect(Buffer.from(await (await get("native")).arrayBuffer()).equals(whole)).toBe(true);
});

test("nothing is overwritten by an export, and the native file is the model's own", async () => {
  expect(await accord("model", "export", model.id, "-o", exported)).toMatchObject({
    status: 1,
    err: expect.stringContaining("is there already; nothing is overwritten"),
  });
  const native = path.join(scratch, "own.safetensors");
  expect(await accord("model", "export", model.id, "--native", "-o", native)).toMatchObject({ status: 0 });
  expect(readFileSync(native).equals(readFileSync(server.directory.model(model.sha256)))).toBe(true);
  expect(await accord("model", "export", "nonsense")).toMatchObject({ status: 1 });
  expect(await accord("model", "import", path.join(scratch, "no"))).toMatchObject({ status: 2 });
});
