/** The rules that names must keep: completion keys, labeler handles, dataset slugs. */
import { badInput } from "../../errors.js";
import { show, storageProblem } from "../text/code-points.js";

/** Regular expressions with the u flag count code points, as the rules do. */
const KEY = /^[^\s\p{Cc}\p{Cs}>=]{1,64}$/u;
const HANDLE = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
const SLUG = /^[a-z0-9][a-z0-9_-]{0,99}$/;

const KEY_RULE = 'a key is 1 to 64 characters without white space, control characters, ">" and "="';
const HANDLE_RULE = "a handle is 1 to 200 characters without control characters";
const SLUG_RULE = 'a slug is 1 to 100 lower-case letters a–z, digits, "-" and "_", and begins with a letter or a digit';

/** Whether a text can be a completion's key: it must be able to stand in the notation "A>B>C=D". */
export const isKey = (key: string): boolean => KEY.test(key);

/** Whether a text can be a labeler's handle. */
export const isHandle = (handle: string): boolean => HANDLE.test(handle);

/** Refuse what is no completion key. */
export function checkKey(key: string, field = "key"): void {
  if (!isKey(key)) throw badInput(`${field} is ${show(key)}; ${KEY_RULE}.`, field);
}

/** Refuse what is no labeler handle. */
export function checkHandle(handle: string, field = "handle"): void {
  if (!isHandle(handle)) throw badInput(`${field} is ${show(handle)}; ${HANDLE_RULE}.`, field);
}

/** Refuse what is no dataset slug. */
export function checkSlug(slug: string, field = "slug"): void {
  if (!SLUG.test(slug)) throw badInput(`${field} is ${show(slug)}; ${SLUG_RULE}.`, field);
}

/** Refuse a text that PostgreSQL cannot keep, or that has fewer or more characters than the rule allows. */
export function checkText(text: string, field: string, least: number, most: number): void {
  const problem = storageProblem(text);
  if (problem !== null) throw badInput(`${field} ${problem}.`, field);
  if (text.length < least) throw badInput(`${field} is empty.`, field);
  // A code point takes one or two units: only a text between the two lengths need be counted.
  if (text.length > most && (text.length > 2 * most || [...text].length > most)) {
    throw badInput(`${field} has ${[...text].length} characters; it may have ${most}.`, field);
  }
}

/**
 * The slug that a file gets where none is named: its name in lower case without folders, accents and the endings of data
 * files; every run of other characters becomes one "-". A name of which nothing is left is refused.
 */
export function slugFromFileName(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? "";
  const slug = base
    .replace(/(\.(gz|json|jsonl|ndjson|native))+$/i, "")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, 100)
    .replace(/-+$/, "");
  if (slug === "") throw badInput(`No slug can be made of the file name ${show(base)}: name the dataset.`, "slug");
  return slug;
}
