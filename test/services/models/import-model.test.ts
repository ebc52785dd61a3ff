/** Models come in as trainers write them: weights in several files, and reward models as classifiers. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { packTar } from "modern-tar";
import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { writeFileAtomically } from "../../../src/files/atomic-write.js";
import { globalId } from "../../../src/services/input/global-id.js";
import type { Architecture } from "../../../src/training/config/model-shape.js";
import { writeModel } from "../../../src/training/files/model-file.js";
import { readSafetensors, writeSafetensors } from "../../../src/training/files/safetensors.js";
import { accordAt } from "../../support/accord.js";
import { startTestServer, type TestServer } from "../../support/server.js";
import { exportedFiles } from "../../training/hugging-face/plain-reader.js";
import { newValues, TINY } from "../../training/support.js";

let server: TestServer;
let exported: ReadonlyMap<string, Buffer>;
const scratch = mkdtempSync(path.join(os.tmpdir(), "accord-imports-"));

beforeAll(async () => {
  server = await startTestServer();
  exported = await exportedFiles({
    stage: "SFT",
    architecture: TINY,
    tokenizer: byteTokenizer,
    values: newValues(TINY),
  });
});
afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
});

const accord = (...args: string[]) => accordAt(server, args);
const importFolder = (input: { name: string; folder: string }) =>
  server.graphql<{ importModel: { id: string; sha256: string } }>(
    "mutation ($input: ImportModelInput!) { importModel(input: $input) { id sha256 } }",
    { input },
  );

/** Puts an exported folder below DATA_DIR/incoming, changed. */
function incoming(name: string, change: (folder: string) => void = () => {}): string {
  const folder = server.directory.incoming(name);
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of exported) writeFileSync(path.join(folder, file), bytes);
  change(folder);
  return name;
}

test("weights that are no safetensors are named", async () => {
  const folder = incoming("pickled", (place) => {
    rmSync(path.join(place, "model.safetensors"));
    writeFileSync(path.join(place, "pytorch_model.bin"), "");
  });
  expect((await importFolder({ name: "pickled", folder })).errors).toMatchObject([
    {
      message:
        'The folder has neither model.safetensors nor model.safetensors.index.json, but "pytorch_model.bin": weights are read from safetensors alone.',
    },
  ]);
  const typed = await accord("model", "import", server.directory.incoming(folder), "--name", "pickled");
  expect([typed.status, typed.err]).toEqual([
    1,
    expect.stringContaining("has pytorch_model.bin and no model.safetensors"),
  ]);
});

test("a tar of very many files of weights is refused, and leaves nothing", async () => {
  const names = Array.from({ length: 1_101 }, (_, i) => `model-${i}.safetensors`);
  const answer = await fetch(`${server.url}/models?name=many`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}` },
    body: await packTar(names.map((name) => ({ header: { name, size: 0 }, body: "" }))),
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { errors: [{ message: "The tar has more than 1100 files of a model." }] },
  ]);
  expect(readdirSync(server.directory.incoming("")).filter((name) => name.startsWith("."))).toEqual([]);
});

/** The exported folder with its weights in two files and an index, as transformers saves what is large. */
function shard(folder: string): void {
  const file = path.join(folder, "model.safetensors");
  const { metadata, tensors } = readSafetensors(readFileSync(file));
  const halves = [tensors.slice(0, 5), tensors.slice(5)];
  const names = halves.map((_, i) => `model-0000${i + 1}-of-00002.safetensors`);
  for (const [i, half] of halves.entries())
    writeFileSync(path.join(folder, names[i]!), writeSafetensors({ metadata, tensors: half }));
  const weight_map = Object.fromEntries(halves.flatMap((half, i) => half.map(({ name }) => [name, names[i]])));
  writeFileSync(path.join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map }));
  rmSync(file);
}

test("weights in several files with an index are imported, from a folder, a tar and the command line", async () => {
  const whole = await importFolder({ name: "whole", folder: incoming("whole") });
  const sha256 = whole.data?.importModel.sha256;
  const { data } = await importFolder({ name: "shards by folder", folder: incoming("shards", shard) });
  expect(data?.importModel.sha256).toBe(sha256);
  const folder = server.directory.incoming("shards");
  const typed = await accord("model", "import", folder, "--name", "shards by hand", "--json");
  expect([typed.status, JSON.parse(typed.out)]).toMatchObject([0, { name: "shards by hand", sha256 }]);
  const names = readdirSync(folder).reverse(); // the index after what it names
  const tar = await packTar(
    names.map((name) => {
      const body = readFileSync(path.join(folder, name));
      return { header: { name: `x/${name}`, size: body.length }, body };
    }),
  );
  const posted = await fetch(`${server.url}/models?name=tar`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}` },
    body: tar,
  });
  expect([posted.status, await posted.json()]).toMatchObject([200, { sha256 }]);
});

test.each([
  [
    "outside the folder",
    "../whole/model.safetensors",
    'stands in "../whole/model.safetensors"; it must be the plain name',
  ],
  [
    "that is not there",
    "model-00003-of-00003.safetensors",
    'names the file "model-00003-of-00003.safetensors", which the folder has not',
  ],
])(
  "an index that names a file %s is refused, from a folder and from the command line",
  async (what, name, sentence) => {
    const folder = incoming(`shards ${what}`, (place) => {
      shard(place);
      const index = path.join(place, "model.safetensors.index.json");
      const json = JSON.parse(readFileSync(index, "utf8"));
      json.weight_map["transformer.ln_f.bias"] = name;
      writeFileSync(index, JSON.stringify(json));
    });
    const { errors } = await importFolder({ name: what, folder });
    expect(errors).toMatchObject([
      { extensions: { code: "UNPROCESSABLE" }, message: expect.stringContaining(sentence) },
    ]);
    const typed = await accord("model", "import", server.directory.incoming(folder), "--name", what);
    expect([typed.status, typed.err]).toEqual([1, expect.stringContaining(sentence)]);
  },
);

test("a reward model goes out and comes back as the very same file, which every key may use", async () => {
  const architecture: Architecture = {
    layers: 1,
    heads: 2,
    width: 16,
    contextLength: 48,
    vocabularySize: 257,
    tokenizer: "BYTES",
    head: "SCORE",
  };
  const values = newValues(architecture, 3).map((value, i) => value + Math.sin(i) / 8);
  values[values.length - 1] = -1.7;
  const own = writeSafetensors(writeModel({ stage: "REWARD", architecture, tokenizer: byteTokenizer, values }));
  const { sha256 } = writeFileAtomically(own, server.directory.models(), (hash) => server.directory.model(hash));
  const [{ id } = { id: "" }] = await server.database.rows<{ id: string }>(
    {
      name: "store-reward-model",
      text: `insert into model (name, stage, architecture, tokenizer, parameter_count, sha256, bytes)
        values ('reward', 'REWARD', $1, 'BYTES', $2, $3, $4) returning id`,
    },
    [architecture, values.length, sha256, own.length],
  );
  const folder = path.join(scratch, "reward");
  expect(await accord("model", "export", globalId("Model", id), "-o", folder)).toMatchObject({ status: 0 });
  const typed = await accord("model", "import", folder, "--name", "reward again", "--json");
  expect([typed.status, JSON.parse(typed.out)]).toMatchObject([0, { name: "reward again", stage: "REWARD", sha256 }]);
  const client = await server.key("CLIENT", { datasetIds: [] });
  const seen = await server.graphql<{ models: { nodes: { name: string }[] } }>(
    "{ models(stage: REWARD, first: 10) { nodes { name importNotes } } }",
    {},
    client,
  );
  expect(seen.data?.models.nodes.map(({ name }) => name)).toEqual(["reward again"]); // and not the one made here

  const config = JSON.parse(readFileSync(path.join(folder, "config.json"), "utf8"));
  writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...config, num_labels: 2 }));
  const two = await accord("model", "import", folder, "--name", "two labels");
  expect([two.status, two.err]).toEqual([1, expect.stringContaining("describes a classifier of 2 labels")]);
});
