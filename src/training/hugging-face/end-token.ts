/** Which row of an imported embedding belongs to the token that ends a text. */
import { show } from "../../datasets/text/code-points.js";
import { END_OF_TEXT } from "../../datasets/tokenizers/vocabulary.js";
import { type Gpt2Config, inWords, refused } from "./import-config.js";

/** The token that ends a text, as the files name it. */
export interface EndToken {
  readonly name: string;
  readonly id: number;
  /** What of the files says otherwise, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The end: the token that the tokenizer calls its eos_token, else its <|endoftext|>, else the one of config.json's
 * eos_token_id. config.json comes last, for GPT-2's 50256 is often left standing over another vocabulary. A row that no
 * token has only fills up the embedding; it is taken where config.json names it and it is the only one.
 * @param ids of all tokens that the tokenizer names @param eosToken what it calls its eos_token
 */
export function findEnd(
  ids: ReadonlyMap<string, unknown>,
  eosToken: string | null,
  { rows, endIds }: Pick<Gpt2Config, "rows" | "endIds">,
): EndToken {
  const isRow = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < rows;
  for (const name of [eosToken, END_OF_TEXT]) {
    const id = name === null ? undefined : ids.get(name);
    if (name === null || !isRow(id)) continue;
    const agrees = endIds.length === 0 || (endIds.length === 1 && endIds[0] === id);
    const said = `config.json has eos_token_id ${inWords([...endIds])}`;
    return {
      name,
      id,
      notes: agrees ? [] : [`${said}; the tokenizer's ${show(name)} (id ${id}) alone ends a text here.`],
    };
  }
  return { ...endOfConfig(ids, { rows, endIds }, isRow), notes: [] };
}

function endOfConfig(
  ids: ReadonlyMap<string, unknown>,
  { rows, endIds }: Pick<Gpt2Config, "rows" | "endIds">,
  isRow: (id: unknown) => id is number,
): Omit<EndToken, "notes"> {
  const nowhere = `The tokenizer names no end of a text: neither an eos_token that it has nor ${show(END_OF_TEXT)}`;
  const [id, ...others] = endIds;
  if (id === undefined) throw refused(`${nowhere}; and config.json has no eos_token_id.`);
  if (others.length > 0)
    throw refused(
      `${nowhere}; and config.json has eos_token_id ${inWords([...endIds])}, of which one would have to be chosen.`,
    );
  if (!isRow(id)) throw refused(`${nowhere}; and config.json has eos_token_id ${id}; it must be 0 to ${rows - 1}.`);
  const named = new Set(ids.values());
  const name = [...ids].find(([, other]) => other === id)?.[0];
  const unnamed = Array.from({ length: rows }, (_, row) => row).filter((row) => !named.has(row));
  if (name === undefined && unnamed.length > 1)
    throw refused(
      `${nowhere}; and eos_token_id ${id} of config.json is one of ${unnamed.length} rows that no token has, which fill up the embedding.`,
    );
  return { name: name ?? END_OF_TEXT, id };
}
