import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { TestServer } from "./server.js";

/** What POST /import answers. */
export interface ImportAnswer {
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

/** Imports NDJSON text over HTTP as the administrator. */
export async function importText(server: TestServer, slug: string, text: string): Promise<ImportAnswer> {
  const response = await fetch(`${server.url}/import/${slug}`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/x-ndjson" },
    body: text,
  });
  return (await response.json()) as ImportAnswer;
}

/** The sample dataset that the project ships, as text. */
export const sampleText = (): string =>
  readFileSync(new URL("../../examples/sample/sample.ndjson", import.meta.url), "utf8");

const realFile = (name: string): URL => new URL(`../../../shared/data/${name}.jsonl.gz`, import.meta.url);

/** Whether the real data lie beside the project. */
export const hasRealData = (): boolean => existsSync(realFile("squality"));

/** A file of the real data, as text. */
export const realText = (name: string): string => gunzipSync(readFileSync(realFile(name))).toString("utf8");
