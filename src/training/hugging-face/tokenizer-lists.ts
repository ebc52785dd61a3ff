/** The tokenizer's files of a folder as lists: tokens with their ids, merges, and what is said of the tokens. */
import { show } from "../../datasets/text/code-points.js";
import { checkDivision } from "./division.js";
import { readObject, refused, withoutMark } from "./import-config.js";

/** What of a folder may describe a tokenizer: tokenizer.json, or vocab.json with merges.txt; the others say more of its tokens. */
export interface TokenizerTexts {
  readonly tokenizer: string | null;
  readonly vocabulary: string | null;
  readonly merges: string | null;
  /** tokenizer_config.json. */
  readonly settings?: string | null;
  /** special_tokens_map.json. */
  readonly specials?: string | null;
  /** added_tokens.json. */
  readonly added?: string | null;
}

/** A token beside those of the merges, which its readers find in a text before anything else is divided. */
interface AddedToken {
  readonly name: string;
  readonly id: unknown;
  readonly isSpecial: boolean;
}

export interface TokenizerLists {
  /** Ids by the names of tokens, in GPT-2's printable bytes. */
  readonly vocabulary: ReadonlyMap<string, unknown>;
  readonly merges: readonly string[];
  readonly added: readonly AddedToken[];
  /** What the tokenizer calls its eos_token, or null where it calls none so. */
  readonly eosToken: string | null;
  /** Tokens that its readers put before and after every text. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** To how many tokens its readers cut a text, or null. */
  readonly cutsTo: unknown;
  /** Whether a piece that is a token is taken as it is, without merging. */
  readonly ignoresMerges: boolean;
}

/** Read the tokenizer's files. Refused: what is no byte-level BPE with GPT-2's division of texts. */
export function readTokenizerLists(texts: TokenizerTexts): TokenizerLists {
  const settings = objectOf("tokenizer_config.json", texts.settings);
  if (settings.add_prefix_space === true)
    throw refused(
      "tokenizer_config.json has add_prefix_space true, so that its readers put a space before every text; GPT-2 does not.",
    );
  const lists = texts.tokenizer === null ? fromLists(texts) : fromJson(texts.tokenizer);
  const named = new Map([...addedOf(texts, settings), ...lists.added].map((token) => [token.name, token]));
  const eos = tokenName(settings.eos_token) ?? tokenName(objectOf("special_tokens_map.json", texts.specials).eos_token);
  const putsFirst = settings.add_bos_token === true && lists.before.length === 0;
  return {
    ...lists,
    added: [...named.values()],
    eosToken: eos,
    before: putsFirst ? [tokenName(settings.bos_token) ?? "its bos_token"] : lists.before,
  };
}

type TokensAndMerges = Omit<TokenizerLists, "eosToken">;

const objectOf = (name: string, text: string | null | undefined): Record<string, unknown> =>
  text == null ? {} : readObject(name, text);

/** A token as the files name it: its text, or an object with it. */
function tokenName(value: unknown): string | null {
  const name = typeof value === "string" ? value : Object(value).content;
  return typeof name === "string" && name !== "" ? name : null;
}

function addedOf({ added }: TokenizerTexts, settings: Readonly<Record<string, unknown>>): AddedToken[] {
  const decoder = Object.entries(Object(settings.added_tokens_decoder) as Record<string, unknown>);
  return [
    ...Object.entries(objectOf("added_tokens.json", added)).map(([name, id]) => ({ name, id, isSpecial: false })),
    ...decoder.flatMap(([id, token]) => addedToken(Object(token), Number(id))),
  ];
}

function addedToken(token: Readonly<Record<string, unknown>>, id: unknown): AddedToken[] {
  const name = tokenName(token);
  return name === null ? [] : [{ name, id, isSpecial: token.special === true }];
}

function fromLists({ vocabulary, merges }: TokenizerTexts): TokensAndMerges {
  if (vocabulary === null || merges === null)
    throw refused("The model has no tokenizer: tokenizer.json, or vocab.json and merges.txt, must be there.");
  const lines = withoutMark(merges)
    .split(/\r?\n/)
    .filter((line) => line !== "");
  return {
    vocabulary: new Map(Object.entries(readObject("vocab.json", vocabulary))),
    merges: lines[0]?.startsWith("#version") ? lines.slice(1) : lines,
    added: [],
    before: [],
    after: [],
    cutsTo: null,
    ignoresMerges: false,
  };
}

function fromJson(text: string): TokensAndMerges {
  const json = readObject("tokenizer.json", text);
  const model = Object(json.model) as Record<string, unknown>;
  if (model.type !== "BPE" || (model.dropout ?? 0) !== 0)
    throw refused(`tokenizer.json has a model ${show(model.type)}; BPE is read.`);
  for (const affix of ["continuing_subword_prefix", "end_of_word_suffix"])
    if ((model[affix] ?? "") !== "")
      throw refused(`tokenizer.json has the ${affix} ${show(model[affix])}; GPT-2's tokens have none.`);
  if (json.normalizer != null) throw refused("tokenizer.json has a normalizer; every text must come back as it was.");
  checkDivision(json.pre_tokenizer);
  if (!Array.isArray(model.merges)) throw refused("tokenizer.json has no list of merges.");
  const added = Array.isArray(json.added_tokens) ? json.added_tokens.map(Object) : [];
  return {
    vocabulary: new Map(Object.entries(Object(model.vocab))),
    merges: model.merges.map((merge: unknown) => (Array.isArray(merge) ? merge.join(" ") : String(merge))),
    added: added.flatMap((token) => addedToken(token, token.id)),
    ...affixesOf(json.post_processor),
    cutsTo: Object(json.truncation).max_length ?? null,
    ignoresMerges: model.ignore_merges === true,
  };
}

/** What a post_processor puts around a single text. */
function affixesOf(processor: unknown): { readonly before: readonly string[]; readonly after: readonly string[] } {
  const { type, single, processors, cls, sep } = Object(processor) as Record<string, unknown>;
  if (type === "Sequence" && Array.isArray(processors)) {
    const all = processors.map(affixesOf);
    return { before: all.flatMap(({ before }) => before), after: all.flatMap(({ after }) => after) };
  }
  if (type === "TemplateProcessing" && Array.isArray(single)) {
    const place = single.findIndex((part) => Object(part).Sequence !== undefined);
    const text = place < 0 ? single.length : place;
    const names = (parts: readonly unknown[]): string[] =>
      parts.flatMap((part) => tokenName(Object(Object(part).SpecialToken).id) ?? []);
    return { before: names(single.slice(0, text)), after: names(single.slice(text + 1)) };
  }
  const nameOf = (pair: unknown): string[] => (Array.isArray(pair) ? [String(pair[0])] : []);
  return { before: nameOf(cls), after: nameOf(sep) }; // BertProcessing, RobertaProcessing; ByteLevel has neither
}
