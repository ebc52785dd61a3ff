import { count } from "../datasets/text/counted.js";
import { type Html, html } from "./html.js";

/** A longer text is folded: its beginning stands there, and the rest opens. */
const FOLDED = 500;
const FOLDED_LINES = 8;
/** Of a text at most so many characters are in the page. */
const MOST = 50_000;

/**
 * A text that a labeler, a customer or a model wrote, in a direction of its own, so that nothing in it reorders what stands
 * around it. Long ones can be opened; of very long ones the page has the beginning, and says so.
 */
export function userText(text: string, language: string | null = null): Html {
  const lang = language !== null && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(language) && html` lang="${language}"`;
  const block = (content: string) => html`<div class="text" dir="auto"${lang}>${content}</div>`;
  if (text.trim() === "")
    return html`<p class="none">${text === "" ? "(an empty text)" : "(a text of white space)"}</p>`;
  const beginning = beginningOf(text);
  if (beginning === text) return block(text);
  const kept = cut(text, MOST);
  return html`<details class="long"><summary>${block(`${beginning} …`)}<span class="more">Show all ${count(text.length)} characters</span></summary>
${block(kept)}${kept.length < text.length && html`<p class="none">The other ${count(text.length - kept.length)} characters are left out here; an export has them.</p>`}</details>`;
}

/** The text itself where it is short, else its first characters up to the end of a word. */
function beginningOf(text: string): string {
  const lines = text.split("\n", FOLDED_LINES + 1);
  if (text.length <= FOLDED && lines.length <= FOLDED_LINES) return text;
  const head = cut(lines.slice(0, FOLDED_LINES).join("\n"), FOLDED);
  const word = head.search(/\s\S*$/);
  return (head.length === FOLDED && word > FOLDED / 2 ? head.slice(0, word) : head).trimEnd();
}

/** At most so many UTF-16 units, and no half of a surrogate pair. */
function cut(text: string, units: number): string {
  const last = text.charCodeAt(units - 1);
  return text.slice(0, text.length > units && last >= 0xd800 && last <= 0xdbff ? units - 1 : units);
}
