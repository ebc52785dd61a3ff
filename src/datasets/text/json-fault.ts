/** Where a text stops being JSON, in words of our own: those of JavaScript engines differ and change. */
import { show } from "./code-points.js";

/** What may stand at a place. */
type Expected =
  | "a value"
  | "a value or ]"
  | "a name or }"
  | "a name in quotes"
  | "a colon"
  | "a comma or }"
  | "a comma or ]"
  | "the end";

const SPACE = /[ \t\n\r]*/y;
const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** What follows a whole value, by what it stands in: a list, an object or nothing. */
const AFTER: Readonly<Record<string, Expected>> = { "[": "a comma or ]", "{": "a comma or }" };

/**
 * Why a text is not JSON (RFC 8259), as the end of a sentence without a full stop, or null where it is. The grammar is read
 * without recursion, so that a text may be nested as deep as it is long.
 */
export function jsonFault(text: string): string | null {
  const open: string[] = [];
  let expected: Expected = "a value";
  let at = 0;
  const after = (): Expected => AFTER[open.at(-1) ?? ""] ?? "the end";
  for (;;) {
    at = endOf(SPACE, text, at) ?? at;
    const character = text[at];
    if (character === undefined) return expected === "the end" ? null : `it ends where ${expected} is expected`;
    const wantsValue: boolean = expected === "a value" || expected === "a value or ]";
    const wantsName: boolean = expected === "a name or }" || expected === "a name in quotes";
    if (character === '"' && (wantsValue || wantsName)) {
      const end = endOfString(text, at);
      if (typeof end === "string") return end;
      at = end;
      expected = wantsName ? "a colon" : after();
    } else if (wantsValue && (character === "[" || character === "{")) {
      open.push(character);
      at += 1;
      expected = character === "[" ? "a value or ]" : "a name or }";
    } else if ((character === "]" || character === "}") && closes(character, expected)) {
      open.pop();
      at += 1;
      expected = after();
    } else if (character === "," && (expected === "a comma or ]" || expected === "a comma or }")) {
      at += 1;
      expected = expected === "a comma or ]" ? "a value" : "a name in quotes";
    } else if (character === ":" && expected === "a colon") {
      at += 1;
      expected = "a value";
    } else {
      const end = wantsValue ? endOf(NUMBER_OR_WORD, text, at) : null;
      if (end === null) return `${place(text, at)}, where ${expected} is expected`;
      at = end;
      expected = after();
    }
  }
}

const closes = (character: string, expected: Expected): boolean => expected.endsWith(` or ${character}`);

/** Where a match that begins at a place ends; null: there is none. */
function endOf(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** Where a text in quotes ends, or what is wrong with it. */
function endOfString(text: string, from: number): number | string {
  for (let at = from + 1; at < text.length; ) {
    const character = text[at]!;
    if (character === '"') return at + 1;
    if (character < " ") return `${place(text, at)}, which a text holds as an escape only`;
    if (character !== "\\") at += 1;
    else {
      const end = endOf(ESCAPE, text, at);
      if (end === null && at + 1 < text.length && !/^\\u[\da-fA-F]{0,3}$/.test(text.slice(at, at + 6)))
        return `${place(text, at, 2)}, which is no escape`;
      at = end ?? text.length;
    }
  }
  return "it ends within a text";
}

/** What stands at a place: the place counts characters (code points) from 1. */
function place(text: string, at: number, length = 1): string {
  const [...shown] = text.slice(at, at + 2 * length);
  return `character ${Array.from(text.slice(0, at)).length + 1} is ${show(shown.slice(0, length).join(""))}`;
}
