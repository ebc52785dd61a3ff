/** Text that is HTML already; everything else that enters a template is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

/** What can stand in a template: HTML as it is, text and numbers escaped, lists one after the other, absent things as nothing. */
export type Content = Html | string | number | null | undefined | false | readonly Content[];

/** A template of HTML whose contents cannot break out of an element or a quoted attribute. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let text = strings[0] ?? "";
  for (const [i, content] of contents.entries()) text += textOf(content) + (strings[i + 1] ?? "");
  return new Html(text);
}

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "string") return escaped(content);
  return typeof content === "number" ? String(content) : content.map(textOf).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
