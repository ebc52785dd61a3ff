import { badInput } from "../../errors.js";

/** The arguments of a page, as GraphQL gives them. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

/** A page of a list (Relay Cursor Connections). */
export interface Page<Row> {
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly nodes: readonly Row[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  /** The size of the whole list; asked of the database only when called. */
  readonly count: () => Promise<number>;
}

/** A page to be read: how many rows, in which direction, from where. */
export interface PageRequest {
  readonly size: number;
  /** True for `last`: rows are read backwards and turned round. */
  readonly backward: boolean;
  /** The values of the keyset columns after (or before) which the page begins; null: from the end. */
  readonly from: readonly string[] | null;
}

export const DEFAULT_PAGE = 20;
const LARGEST_PAGE = 200;

/**
 * Checks what of a page's arguments is the same for all lists, and gives its size and direction.
 * Refused: first or last below 0 or above 200, both together, after without first's direction.
 */
export function checkPage({ first, after, last, before }: PageArguments): Pick<PageRequest, "size" | "backward"> {
  if (first != null && last != null) throw badInput("Give first or last, not both.", "first");
  if (after != null && before != null)
    throw badInput("Give after (with first) or before (with last), not both.", "after");
  const backward = last != null || before != null;
  if (backward && (first != null || after != null)) {
    throw badInput("first goes with after, last goes with before.", first != null ? "first" : "after");
  }
  const field = backward ? "last" : "first";
  const size = (backward ? last : first) ?? DEFAULT_PAGE;
  if (size < 0 || size > LARGEST_PAGE) throw badInput(`${field} is ${size}; it must be 0 to ${LARGEST_PAGE}.`, field);
  return { size, backward };
}

/**
 * Checks the arguments of a page. `list` names the list and its order: a cursor of another list is refused.
 * Refused: what checkPage refuses, a cursor that is broken, of another list, or of an earlier form.
 */
export function pageRequest(list: string, columns: number, page: PageArguments): PageRequest {
  const { size, backward } = checkPage(page);
  const { after, before } = page;
  const cursor = backward ? before : after;
  return {
    size,
    backward,
    from: cursor == null ? null : readCursor(list, columns, cursor, backward ? "before" : "after"),
  };
}

/**
 * A cursor: the list it belongs to and the values of the keyset columns of one row.
 *
 * @public bench/paging.mjs takes it from dist/.
 */
export const writeCursor = (list: string, values: readonly string[]): string =>
  Buffer.from(JSON.stringify([1, list, ...values])).toString("base64url");

function readCursor(list: string, columns: number, cursor: string, field: string): readonly string[] {
  const refused = (why: string) => badInput(`${field} is ${JSON.stringify(cursor.slice(0, 80))}, ${why}.`, field);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw refused("which is no cursor");
  }
  if (
    !Array.isArray(parsed) ||
    !parsed.every((part, i) => (i === 0 ? typeof part === "number" : typeof part === "string"))
  ) {
    throw refused("which is no cursor");
  }
  const [version, name, ...values] = parsed as [number, string, ...string[]];
  if (version !== 1) throw refused("a cursor of another version of this API; begin again without it");
  if (name !== list) throw refused("a cursor of another list or another order");
  const wellFormed = values.every((value) => /^-?\d{1,19}(\.\d{1,6})?$/.test(value));
  if (values.length !== columns || !wellFormed) throw refused("which is no cursor");
  return values;
}

/**
 * Makes a page from rows read with one row more than its size, in reading order.
 * cursorValues gives the keyset columns of a row, as text.
 */
export function makePage<Row>(
  list: string,
  request: PageRequest,
  rows: readonly Row[],
  cursorValues: (row: Row) => readonly string[],
  count: () => Promise<number>,
): Page<Row> {
  const more = rows.length > request.size;
  const kept = rows.slice(0, request.size);
  const nodes = request.backward ? kept.reverse() : kept;
  const edgeOf = (node: Row) => ({ cursor: writeCursor(list, cursorValues(node)), node });
  const cursorOf = (node: Row | undefined) => (node === undefined ? null : edgeOf(node).cursor);
  return {
    nodes,
    // Cursors are written for those who ask: most pages are asked for their nodes.
    get edges() {
      return nodes.map(edgeOf);
    },
    get pageInfo() {
      return {
        hasNextPage: request.backward ? request.from !== null : more,
        hasPreviousPage: request.backward ? more : request.from !== null,
        startCursor: cursorOf(nodes[0]),
        endCursor: cursorOf(nodes.at(-1)),
      };
    },
    count,
  };
}

/**
 * A page of a list that is in memory already. key: what names a row in a cursor, the same number of parts for each row.
 * Refused: a cursor whose row this list does not hold (any more).
 */
export function pageOfArray<Row>(
  list: string,
  page: PageArguments,
  rows: readonly Row[],
  key: (row: Row) => readonly string[],
): Page<Row> {
  const request = pageRequest(list, rows[0] === undefined ? 1 : key(rows[0]).length, page);
  const ordered = request.backward ? [...rows].reverse() : rows;
  const from = request.from?.join(" ");
  const found = from === undefined ? -1 : ordered.findIndex((row) => key(row).join(" ") === from);
  if (from !== undefined && found < 0) {
    throw badInput("The cursor names a row that this list does not hold.", request.backward ? "before" : "after");
  }
  return makePage(list, request, ordered.slice(found + 1, found + 2 + request.size), key, async () => rows.length);
}
