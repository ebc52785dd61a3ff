/** What an import leaves out of a tokenizer, in sentences for whoever asked for it. */
import { show } from "../../datasets/text/code-points.js";
import { counted } from "../../datasets/text/counted.js";
import type { TokenizerLists } from "./tokenizer-lists.js";

const MOST_NAMED = 5;

/**
 * The sentences. Nothing is said of what GPT-2's own files have, in which there is nothing to leave out.
 * @param kept ids of the tokens that the model keeps, its end's among them @param end the end's name
 * @param rows of the imported embedding
 */
export function leftOutOf(lists: TokenizerLists, kept: ReadonlySet<number>, end: string, rows: number): string[] {
  const { vocabulary, added, before, after, cutsTo } = lists;
  const addedNames = new Set(added.map(({ name }) => name));
  const isGone = ({ id }: { readonly id: unknown }): boolean => !kept.has(id as number);
  const specials = added.filter((token) => token.isSpecial && isGone(token));
  const words = added.filter(({ name, isSpecial }) => !isSpecial && name !== end);
  const unmade = [...vocabulary]
    .map(([name, id]) => ({ name, id }))
    .filter((token) => isGone(token) && !addedNames.has(token.name));
  const owned = new Set([...vocabulary.values(), ...added.map(({ id }) => id), ...kept]);
  const bare = Array.from({ length: rows }, (_, row) => row).filter((row) => !owned.has(row));

  const sentences: string[] = [];
  if (specials.length > 0)
    sentences.push(
      `Left out: ${counted(specials.length, "special token")}, ${listed(specials)}; no text becomes them here, and they have no probability.`,
    );
  if (words.length > 0)
    sentences.push(
      `Left out: ${counted(words.length, "added word")}, ${listed(words)}; a text that holds one has other tokens here than with the tokenizer's own readers.`,
    );
  if (unmade.length > 0)
    sentences.push(`Left out: ${counted(unmade.length, "token")} that no merge makes, ${listed(unmade)}.`);
  if (bare.length > 0)
    sentences.push(
      `Left out: ${counted(bare.length, "row")} of the embedding that no token has (${placesOf(bare)}), which have no probability here.`,
    );
  const around = [...before.map((name) => `${show(name)} before`), ...after.map((name) => `${show(name)} after`)];
  if (around.length > 0)
    sentences.push(
      `Left out: what the tokenizer's readers put around every text, ${around.join(" and ")} it; here a text stands alone, as GPT-2 has it.`,
    );
  if (cutsTo !== null)
    sentences.push(`Left out: that the tokenizer's readers cut every text to ${show(cutsTo)} tokens.`);
  return sentences;
}

function listed(tokens: readonly { readonly name: string; readonly id: unknown }[]): string {
  const named = tokens.slice(0, MOST_NAMED).map(({ name, id }) => `${show(name)} (id ${show(id)})`);
  const rest = tokens.length - named.length;
  return named.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** Rows as stretches: "513 to 575", or the first of several. */
function placesOf(rows: readonly number[]): string {
  const [first, last] = [rows[0]!, rows.at(-1) as number];
  if (first === last) return `row ${first}`;
  return last - first === rows.length - 1 ? `rows ${first} to ${last}` : `among rows ${first} to ${last}`;
}
