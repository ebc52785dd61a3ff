import { type DocumentNode, type GraphQLSchema, Kind, type SelectionSetNode } from "graphql";
import { type ComplexityEstimator, getComplexity } from "graphql-query-complexity";
import { AppError } from "../errors.js";
import { DEFAULT_PAGE } from "../services/page.js";

export interface OperationLimits {
  readonly maxDepth: number;
  readonly maxCost: number;
  readonly maxAliases: number;
}

/** At most this many lexical tokens are parsed; more is refused before the text becomes a tree. */
export const MAX_TOKENS = 15_000;

/**
 * A field costs 1 and what is below it; a field with `first` or `last` costs what is below it that many times
 * (20 times where neither is given), so that the cost grows like the answer.
 */
const listEstimator: ComplexityEstimator = ({ args, childComplexity, field }) => {
  const pages = field.args.some((argument) => argument.name === "first");
  if (!pages) return 1 + childComplexity;
  const size = args.first ?? args.last ?? DEFAULT_PAGE;
  return 1 + Math.max(1, Math.min(Number(size) || 1, 1000)) * childComplexity;
};

/**
 * Refuses an operation over a limit on depth, aliases or cost with TOO_COMPLEX. To be called with a document that has
 * passed GraphQL's own validation, which guarantees that fragments have no cycles.
 */
export function checkOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  variables: Record<string, unknown>,
  limits: OperationLimits,
): void {
  const { depth, aliases } = measure(document);
  if (depth > limits.maxDepth)
    throw tooComplex(`The operation is ${depth} fields deep; at most ${limits.maxDepth} are allowed.`);
  if (aliases > limits.maxAliases)
    throw tooComplex(`The operation has ${aliases} aliases; at most ${limits.maxAliases} are allowed.`);
  const cost = getComplexity({
    schema,
    query: document,
    variables,
    ...(operationName ? { operationName } : {}),
    estimators: [listEstimator],
  });
  if (cost > limits.maxCost)
    throw tooComplex(`The operation costs ${cost}; at most ${limits.maxCost} is allowed. Ask for smaller pages.`);
}

const tooComplex = (message: string) => new AppError("TOO_COMPLEX", message);

/** The deepest field and the number of aliases of a document; introspection is bounded by the schema and does not count. */
export function measure(document: DocumentNode): { depth: number; aliases: number } {
  const fragments = new Map(
    document.definitions.flatMap((d) =>
      d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d.selectionSet] as const] : [],
    ),
  );
  const measured = new Map<SelectionSetNode, { depth: number; aliases: number }>();
  const walk = (set: SelectionSetNode, open: ReadonlySet<SelectionSetNode>): { depth: number; aliases: number } => {
    const known = measured.get(set);
    if (known) return known;
    if (open.has(set)) return { depth: 0, aliases: 0 };
    const inside = new Set(open).add(set);
    let depth = 0;
    let aliases = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        if (selection.alias) aliases += 1;
        if (selection.name.value.startsWith("__")) continue;
        const below = selection.selectionSet ? walk(selection.selectionSet, inside) : { depth: 0, aliases: 0 };
        depth = Math.max(depth, 1 + below.depth);
        aliases += below.aliases;
      } else {
        const target =
          selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection.selectionSet;
        const below = target ? walk(target, inside) : { depth: 0, aliases: 0 };
        depth = Math.max(depth, below.depth);
        aliases += below.aliases;
      }
    }
    const total = { depth, aliases };
    measured.set(set, total);
    return total;
  };
  let depth = 0;
  let aliases = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const of = walk(definition.selectionSet, new Set());
    depth = Math.max(depth, of.depth);
    aliases += of.aliases;
  }
  return { depth, aliases };
}
