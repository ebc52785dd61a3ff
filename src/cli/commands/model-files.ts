import { randomBytes } from "node:crypto";
import { createWriteStream, existsSync, realpathSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { packTar, unpackTar } from "modern-tar/fs";
import { reasonOf } from "../../system-errors.js";
import { MODEL_TEXT_FILES, MODEL_WEIGHTS, MODEL_WEIGHTS_INDEX, OTHER_WEIGHTS } from "../../vocabulary.js";
import { isOfFiles, unwritable } from "../server/atomic-write.js";
import { type Client, Refusal, readJson, refusal, WrongUsage } from "../server/client.js";
import { compared, download, expectedOf, resumedDownload } from "../server/download.js";
import { print, printJson } from "../terminal/output.js";

export interface ModelFileOptions {
  readonly output?: string;
  readonly native?: boolean;
  readonly name?: string;
  readonly json?: boolean;
}

/**
 * Writes a model as a folder in Hugging Face's layout, or with --native as its own one file. What is written appears under
 * its name only when it is whole, with the length and the hash that the server says; nothing is overwritten. A connection
 * that breaks is gone on from, unless the model's bytes are others by then.
 */
export async function downloadModel(client: Client, id: string, options: ModelFileOptions): Promise<void> {
  const format = options.native ? "native" : "huggingface";
  const address = `/models/${encodeURIComponent(id)}/download?format=${format}`;
  const response = await download(client, address);
  const output = path.resolve(options.output ?? nameOf(response));
  if (existsSync(output)) {
    await response.body?.cancel();
    throw new Refusal(`${output} is there already; nothing is overwritten.`);
  }
  const partial = `${output}.${randomBytes(4).toString("hex")}.partial`;
  try {
    const again = (at: number) => goOn(client, address, at, response.headers.get("etag") ?? "");
    const tell = (text: string) => void process.stderr.write(`${text}\n`);
    const body = compared(resumedDownload(response, again, { tell }), expectedOf(response));
    if (options.native) await pipeline(body, createWriteStream(partial));
    else {
      await mkdir(partial, { recursive: true });
      await pipeline(body, unpackTar(partial, { strip: 1, strict: true }));
    }
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (isOfFiles(error)) throw unwritable(output, error);
    throw new Refusal(`The export broke off: ${reasonOf(error)}.`);
  }
  if (options.json) printJson({ model: id, output });
  else print(`${output} holds the model.`);
}

/** The same file from a place on. Refused: a file that is another one now. */
async function goOn(client: Client, address: string, at: number, etag: string): Promise<Response> {
  const response = await download(client, address, { range: `bytes=${at}-`, "if-range": etag });
  if (response.status === 206) return response;
  await response.body?.cancel();
  throw new Refusal("the model's file is another one than when the download began; begin anew.");
}

/**
 * Sends a folder in Hugging Face's layout to the server, which makes a model of it. Symbolic links are followed: a cache of
 * Hugging Face's has nothing else.
 */
export async function sendModel(client: Client, folder: string, options: ModelFileOptions): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new WrongUsage(`${folder} is no folder.`);
  const files = await filesOf(folder);
  const name = options.name ?? path.basename(path.resolve(folder));
  const sourceOf = (file: string): string => realpathSync(path.join(folder, file));
  const tar = packTar(
    files.map((file) => ({ type: "file", source: sourceOf(file), target: file, mode: 0o644 }) as const),
  );
  const response = await client.fetch(`/models?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "content-type": "application/x-tar" },
    body: Readable.toWeb(tar) as never,
    duplex: "half",
  });
  if (!response.ok) throw await refusal(response);
  const model = await readJson<{ id: string; name: string; sha256: string; stage: string; importNotes: string[] }>(
    response,
  );
  if (options.json) return printJson(model);
  print(`${model.name} is the model ${model.id}${model.stage === "REWARD" ? ", a reward model" : ""}.`);
  for (const note of model.importNotes) print(note);
}

/**
 * What of a folder is sent: the files that describe the model, before its weights, by which the server may refuse it; then the
 * weights, one file or those that an index beside them names. Whatever else stands there stays.
 */
async function filesOf(folder: string): Promise<string[]> {
  const isThere = (name: string): boolean => existsSync(path.join(folder, name));
  const texts = MODEL_TEXT_FILES.filter(isThere);
  if (isThere(MODEL_WEIGHTS)) return [...texts, MODEL_WEIGHTS];
  if (!isThere(MODEL_WEIGHTS_INDEX)) {
    const other = (await readdir(folder)).find((name) => OTHER_WEIGHTS.test(name));
    if (other !== undefined)
      throw new Refusal(
        `${folder} has ${other} and no ${MODEL_WEIGHTS}: weights are read from safetensors alone, as save_pretrained of transformers writes them.`,
      );
    return texts;
  }
  return [...texts, MODEL_WEIGHTS_INDEX, ...(await shardsOf(path.join(folder, MODEL_WEIGHTS_INDEX))).filter(isThere)];
}

/** The files that an index names; of one that cannot be read none, and of paths none: the server says what is wrong. */
async function shardsOf(index: string): Promise<string[]> {
  try {
    const { weight_map: map } = Object(JSON.parse((await readFile(index, "utf8")).replace(/^\uFEFF/, "")));
    const names = new Set(Object.values(Object(map)).map(String));
    return [...names].filter((name) => name === path.basename(name)).sort();
  } catch {
    return [];
  }
}

/** The name that the server gives a download, without the ending of a tar. */
function nameOf(response: Response): string {
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "model";
  return path.basename(name).replace(/\.tar$/, "");
}
