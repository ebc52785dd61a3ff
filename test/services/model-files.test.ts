/** Models leave in Hugging Face's layout and come in by folder, tar and command line; what is no model is refused. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { importText } from "../support/import-over-http.js";
import {
  demonstrationLines,
  hasEnded,
  startTrainingServer,
  TINY,
  type TrainingServer,
  untilJob,
} from "../support/training-server.js";

const ACCORD = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

let server: TrainingServer;
let model: { id: string; sha256: string };
const scratch = mkdtempSync(path.join(os.tmpdir(), "accord-models-"));
const exported = path.join(scratch, "out");

beforeAll(async () => {
  server = await startTrainingServer();
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

function accord(...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ACCORD, ...args], {
      env: { PATH: process.env.PATH, ACCORD_URL: server.url, ACCORD_API_KEY: server.adminKey },
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

const IMPORT = `mutation ($input: ImportModelInput!) {
  importModel(input: $input) { id name stage tokenizer parameterCount architecture job { id } parents { id } sha256 }
}`;
const importFolder = (input: Record<string, unknown>) =>
  server.graphql<{ importModel: { id: string; sha256: string } }>(IMPORT, { input });

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
  expect([plain.status, await plain.json()]).toMatchObject([200, { name: "by tar", sha256: data?.importModel.sha256 }]);
  const packed = await post("by gzip", gzipSync(await tarOf("")), { "content-encoding": "gzip" });
  expect(packed.status).toBe(200);
  const typed = await accord("model", "import", exported, "--name", "by hand", "--json");
  expect([typed.status, JSON.parse(typed.out)]).toMatchObject([
    0,
    { name: "by hand", sha256: data?.importModel.sha256 },
  ]);
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
    ["model.safetensors", null, "The folder has no model.safetensors."],
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
    ["noise", Buffer.alloc(2048, 7), 400, "The input is no tar"],
    ["empty", await packTar([]), 422, "The folder has no config.json."],
    ["cut", whole.subarray(0, 3_000), 400, "The input is no tar"],
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

test("a damaged file is not downloaded whole, in either layout", async () => {
  const { data } = await importFolder({ name: "to damage", folder: "tiny" });
  await server.data(`mutation { deleteModel(id: "${data?.importModel.id}") }`); // other models of the hash keep the file
  const file = server.directory.model(model.sha256);
  const whole = readFileSync(file);
  const flipped = Buffer.from(whole);
  flipped[whole.length - 1] = (flipped[whole.length - 1] as number) ^ 1;
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
  expect(await accord("model", "import", path.join(scratch, "no"))).toMatchObject({ status: 1 });
});
