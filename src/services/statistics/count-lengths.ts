import type { Database } from "../../entities/database/database.js";
import {
  COUNTED_KINDS,
  type CountedKind,
  type CountedText,
  type Uncounted,
} from "../../entities/queries/datasets/length-counting.js";
import type { LengthTokenizer } from "../../vocabulary.js";
import { type CountTokens, withTokenCounter } from "./token-count.js";

/** So many texts are looked for at once. */
const BATCH = 2000;

/** So many bytes of text are held and sent to the counting thread at once; one text may be more. */
const CHUNK_BYTES = 4_194_304;

const counting = new WeakMap<Database, Map<string, Promise<void>>>();

/** Counts the tokens of a dataset's texts that are not counted yet; requests that come meanwhile wait for the same work. */
export function countLengths(
  { whole: database }: Database,
  datasetId: string,
  tokenizer: LengthTokenizer,
): Promise<void> {
  const running = counting.get(database) ?? new Map<string, Promise<void>>();
  counting.set(database, running);
  const known = running.get(datasetId);
  if (known) return known;
  const work = countMissing(database, datasetId, tokenizer).finally(() => running.delete(datasetId));
  running.set(datasetId, work);
  return work;
}

async function countMissing(database: Database, datasetId: string, tokenizer: LengthTokenizer): Promise<void> {
  const first = await Promise.all(COUNTED_KINDS.map((kind) => kind.uncounted(database, datasetId, "0", BATCH)));
  if (first.every((batch) => batch.length === 0)) return;
  await withTokenCounter(tokenizer, async (count) => {
    for (const [index, kind] of COUNTED_KINDS.entries()) {
      let batch = first[index] ?? [];
      while (batch.length > 0) {
        for (const ids of chunks(batch)) await countChunk(database, kind, ids, count);
        batch = await kind.uncounted(database, datasetId, batch.at(-1)?.id ?? "0", BATCH);
      }
    }
  });
}

async function countChunk(database: Database, kind: CountedKind, ids: readonly string[], count: CountTokens) {
  const texts = await kind.texts(database, ids);
  const tokens = await count(texts.map(fullTextOf));
  await kind.keep(
    database,
    texts.map((text) => text.id),
    tokens,
  );
}

/** All that a model reads: the text and the few-shot pairs, an empty line between each two. */
const fullTextOf = ({ text, fewShot }: Pick<CountedText, "text" | "fewShot">): string =>
  [text, ...fewShot.flatMap(({ query, response }) => [query, response])].join("\n\n");

/** Ids in their order, cut where their texts reach the size of a chunk. */
function chunks(batch: readonly Uncounted[]): string[][] {
  const cut: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { id, bytes: size } of batch) {
    if (bytes + size > CHUNK_BYTES) {
      cut.push([]);
      bytes = 0;
    }
    cut.at(-1)?.push(id);
    bytes += size;
  }
  return cut;
}
