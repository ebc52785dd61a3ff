import { type DocumentNode, Kind, type SelectionSetNode } from "graphql";

/** Longer texts are neither kept nor compiled, in characters: what clients send over and over is shorter. */
const LONGEST_KEPT = 32_768;

/** Larger operations are not compiled, for their code would be long, and the time that it takes grows with the square of the depth. */
const COMPILED: Expanse = { selections: 2_000, depth: 50 };

// Measured on graphql 16.15 and graphql-jit 0.8.9: 220 to 510 bytes a token, and 18,000 bytes a compiled operation with 1,500
// to 3,300 a selection.
const TOKEN_BYTES = 512;
const OPERATION_BYTES = 20_000;
const SELECTION_BYTES = 3_500;

/** Whether a document is short enough to be kept. */
export const isKeepable = (document: DocumentNode): boolean =>
  (document.loc?.source.body.length ?? Number.POSITIVE_INFINITY) <= LONGEST_KEPT;

/** About how much memory a parsed document takes, with its text, in bytes. */
export function documentBytes(document: DocumentNode): number {
  let tokens = 0;
  for (let token = document.loc?.startToken ?? null; token !== null; token = token.next) tokens += 1;
  return 2 * (document.loc?.source.body.length ?? 0) + TOKEN_BYTES * tokens;
}

/** The same of a compiled operation, with its document. */
export const compiledBytes = (document: DocumentNode): number =>
  documentBytes(document) + OPERATION_BYTES + SELECTION_BYTES * expanseOf(document).selections;

/** Whether an operation is small enough to be compiled. */
export function isCompilable(document: DocumentNode): boolean {
  const { selections, depth } = expanseOf(document);
  return selections <= COMPILED.selections && depth <= COMPILED.depth;
}

/** How large operations are when every fragment stands in each place where it is spread. */
export interface Expanse {
  readonly selections: number;
  /** Selections within selections, introspection and fragments among them. */
  readonly depth: number;
}

/**
 * The selections of a document's operations together, and the deepest. A short text of fragments within fragments can have billions;
 * Infinity where fragments spread themselves.
 */
export function expanseOf(document: DocumentNode): Expanse {
  const fragments = new Map(
    document.definitions.flatMap((d) => (d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d] as const] : [])),
  );
  const known = new Map<SelectionSetNode, Expanse>();
  const measure = (set: SelectionSetNode): Expanse => {
    const before = known.get(set);
    if (before !== undefined) return before;
    known.set(set, { selections: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY });
    let selections = 0;
    let depth = 0;
    for (const selection of set.selections) {
      const inside =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragments.get(selection.name.value)?.selectionSet
          : selection.selectionSet;
      const below = inside ? measure(inside) : { selections: 0, depth: 0 };
      selections += 1 + below.selections;
      depth = Math.max(depth, 1 + below.depth);
    }
    const expanse = { selections, depth };
    known.set(set, expanse);
    return expanse;
  };
  let selections = 0;
  let depth = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const of = measure(definition.selectionSet);
    selections += of.selections;
    depth = Math.max(depth, of.depth);
  }
  return { selections, depth };
}
