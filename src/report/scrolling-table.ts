import { type Html, html } from "./html.js";

/**
 * A table that scrolls sideways where the page is narrower than it is. What there is to say of it stands before what scrolls,
 * and is tied to the table by its id: a caption would be as wide as the table, and cut off with it.
 */
export function scrollingTable({ id, name, told, kind, content }: ScrollingTable): Html {
  return html`<p class="caption" id="${id}">${told}</p>
<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table class="${kind}" aria-label="${name}" aria-describedby="${id}">
${content}
</table></div>`;
}

interface ScrollingTable {
  /** Of what is told; one of its own on the page. */
  readonly id: string;
  /** A few words, for those who hear the page. */
  readonly name: string;
  readonly told: Html | string;
  readonly kind: "forest" | "side-by-side";
  /** The table's head and body. */
  readonly content: Html;
}
