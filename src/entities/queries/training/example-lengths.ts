import type { Database } from "../../database/database.js";
import { CORPUS } from "./corpus-prompts.js";
import { SFT_PROMPTS_OF } from "./sft-prompts.js";

/** What is counted: the examples of supervised fine-tuning, or the documents of pretraining. */
export type ExampleKind = "SFT" | "CORPUS";

/** An estimate of a text's tokens: so many for each character (code point), and for each byte of UTF-8. */
interface Rates {
  readonly perCharacter: number;
  readonly perByte: number;
}

/** Examples, and how many of them are estimated to have at most so many tokens. */
export interface ExamplesWithin {
  readonly window: number;
  readonly examples: number;
  readonly fitting: number;
}

const ofPairs = (length: string): string =>
  `(select coalesce(sum(${length}(pair ->> 'query') + ${length}(pair ->> 'response')), 0) from jsonb_array_elements(p.few_shot) pair)`;

/**
 * How many examples of TRAIN and VALIDATION has a dataset ($1) as of a revision ($2), and how many are within each of some
 * windows ($3) by an estimate of their tokens ($4 a character, $5 a byte)? An example is a demonstration behind its prompt with
 * all pairs, or a pair of a LABELER's behind the others; of pretraining also a prompt alone. An empty line follows each text of
 * a context, and <|endoftext|> the response. Indexes: those of the prompts' own questions.
 */
const within = (kind: ExampleKind): string => `with prompt_length as (
    select p.source, jsonb_array_length(p.few_shot) as pairs, d.texts,
      $4::float8 * (char_length(p.text) + ${ofPairs("char_length")})
        + $5::float8 * (octet_length(p.text) + ${ofPairs("octet_length")}) as tokens
    ${kind === "SFT" ? SFT_PROMPTS_OF : CORPUS}),
  example as (
    select l.tokens + $4 * char_length(w.text) + $5 * octet_length(w.text) + 2 + 2 * l.pairs as tokens
      from prompt_length l cross join unnest(l.texts) w (text)
    union all
    select l.tokens + 2 + 2 * l.pairs from prompt_length l cross join generate_series(1, case ${
      kind === "SFT" ? "when l.source = 'LABELER' then l.pairs else 0" : "when cardinality(l.texts) = 0 then 1 else 0"
    } end))
  select w.size as window, count(*)::integer as examples, (count(*) filter (where e.tokens <= w.size))::integer as fitting
    from unnest($3::integer[]) w (size) cross join example e group by w.size order by w.size`;

/** Of every window, the smallest first; nothing where there is no example. */
export function examplesWithin(
  database: Database,
  kind: ExampleKind,
  { datasetId, asOf }: { readonly datasetId: string; readonly asOf: number },
  windows: readonly number[],
  { perCharacter, perByte }: Rates,
): Promise<ExamplesWithin[]> {
  return database.rows({ name: `examples-within-${kind.toLowerCase()}`, text: within(kind) }, [
    datasetId,
    asOf,
    windows,
    perCharacter,
    perByte,
  ]);
}
