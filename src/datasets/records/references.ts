/** What a prompt's rankings and assessments refer to: the completions of its own line and those stored before. */
import { badInput } from "../../errors.js";
import { show } from "../text/code-points.js";
import { keyAt, nextKeys } from "./completion-keys.js";
import type { NativeCompletion, NativePrompt } from "./records.js";

/** What is asked of a stored completion to recognise one that comes again without a key. */
export interface ReferredCompletion {
  key: string;
  source: string | null;
  sampleIndex: number;
  version: number;
  text: string;
}

/**
 * Refuse a prompt whose rankings or assessments name a key that is neither in its line nor known.
 * @param prompt the parsed prompt; completions without a key count for nothing here (`resolveKeys` gives them one)
 * @param knownKeys the keys of the completions stored with the prompt
 */
export function checkReferences(prompt: NativePrompt, knownKeys: Iterable<string> = []): void {
  const known = new Set(knownKeys);
  for (const { key } of prompt.completions) if (key !== null) known.add(key);
  for (const { path, key } of references(prompt)) {
    if (known.has(key)) continue;
    const place = path();
    throw badInput(`${place} names the key ${show(key)}, which is no completion of this prompt.`, place);
  }
}

/**
 * The prompt with a key for every completion, its references checked. A completion without a key is the stored one with
 * the same text and source (and sample and version, where the line gives them), each stored one taken once, so that a line
 * may come again; else it gets the next free key. Its own line's rankings may name it as a new prompt's keys would go (A,
 * B, C …); where the prompt has other completions under those names they would mean those, and the line is refused.
 * @param prompt the parsed prompt
 * @param stored the completions stored with the prompt, in their order, removed ones included
 */
export function resolveKeys(prompt: NativePrompt, stored: readonly ReferredCompletion[] = []): NativePrompt {
  const unnamed = prompt.completions.some(({ key }) => key === null);
  if (!unnamed) {
    checkReferences(prompt, keysOf(stored));
    return prompt;
  }
  const keys = givenKeys(prompt.completions, stored);
  if (stored.length > 0) checkUnambiguous(prompt, keys);
  const resolved = {
    ...prompt,
    completions: prompt.completions.map((completion, index) => ({ ...completion, key: keys[index] ?? keyAt(index) })),
  };
  checkReferences(resolved, keysOf(stored));
  return resolved;
}

function givenKeys(completions: readonly NativeCompletion[], stored: readonly ReferredCompletion[]): string[] {
  const taken = new Set(keysOf(stored));
  const written = new Set<string>();
  for (const { key } of completions) if (key !== null) written.add(key);
  const again = stored.filter(({ key }) => !written.has(key));
  const keys = completions.map((completion) => {
    if (completion.key !== null) return completion.key;
    const at = again.findIndex((candidate) => isSame(completion, candidate));
    return at < 0 ? null : ((again.splice(at, 1)[0] as ReferredCompletion).key as string);
  });
  const free = nextKeys([...taken, ...written], keys.filter((key) => key === null).length).values();
  return keys.map((key) => key ?? (free.next().value as string));
}

const isSame = (completion: NativeCompletion, stored: ReferredCompletion): boolean =>
  completion.text === stored.text &&
  completion.source === stored.source &&
  (completion.sampleIndex === null || completion.sampleIndex === stored.sampleIndex) &&
  (completion.version === null || completion.version === stored.version);

/** Refuse a name that would mean one completion in the line alone, and another beside those stored. */
function checkUnambiguous(prompt: NativePrompt, keys: readonly string[]): void {
  const alone = givenKeys(prompt.completions, []);
  const moved = new Set(alone.filter((key, index) => key !== keys[index]));
  for (const { path, key } of references(prompt)) {
    if (!moved.has(key)) continue;
    const place = path();
    throw badInput(
      `${place} names the key ${show(key)}, which could mean a completion stored before or one of this line without a key: write the keys of this line's completions.`,
      place,
    );
  }
}

const keysOf = (stored: readonly ReferredCompletion[]): string[] => stored.map(({ key }) => key);

/** Every mention of a completion, with where it stands (built only when asked). */
function* references(prompt: NativePrompt): Generator<{ path: () => string; key: string }> {
  for (const [index, ranking] of prompt.rankings.entries()) {
    for (const tier of ranking.tiers) for (const key of tier) yield { path: () => `rankings.${index}.tiers`, key };
    for (const key of ranking.displayOrder ?? []) yield { path: () => `rankings.${index}.displayOrder`, key };
    for (const [place, { completion }] of ranking.assessments.entries()) {
      yield { path: () => `rankings.${index}.assessments.${place}.completion`, key: completion };
    }
  }
  for (const [index, { completion }] of prompt.assessments.entries()) {
    yield { path: () => `assessments.${index}.completion`, key: completion };
  }
}
