import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { AppError, badInput, throwAll } from "../../errors.js";
import { checkPage, DEFAULT_PAGE } from "../../services/request/page.js";
import { variableErrors } from "./input-errors.js";

export interface OperationLimits {
  readonly maxDepth: number;
  readonly maxCost: number;
  readonly maxAliases: number;
}

/** At most this many lexical tokens are parsed; more is refused before the text becomes a tree. */
export const MAX_TOKENS = 6_000;

/** What a plain list is taken to hold; connections say how much they are asked for. */
const PLAIN_LIST = 5;

/** At most this many are counted for one list: more `ids` are refused later, by their own rule. */
const LONGEST_LIST = 1_000;

/** What fields cost that read a whole dataset, or the whole queue. */
const SCANS: Readonly<Record<string, number>> = {
  agreement: 1_000,
  leaderboard: 1_000,
  labelerQuality: 1_000,
  lengths: 1_000,
  splitSizes: 500,
  useCases: 500,
  sources: 500,
  totalCount: 50,
  queuePosition: 50,
  estimatedStart: 50,
  queueReason: 50,
};

/**
 * What an operation costs. A field costs 1 and what is below it, times the length of its list: what `first` or `last`
 * says (20 where neither is given), the number of `ids` or `externalIds`, 5 for a plain list; `edges` and `nodes` of a connection were
 * counted with it. A field that reads a whole dataset costs more, and an agreement or a leaderboard its resamples too:
 * the cost grows like the work. Every fragment counts, whatever type the object turns out to have; introspection does
 * not, and nothing that `@skip` or `@include` leaves out. Each selection is looked at once, however often it is spread.
 * Refused: variables that do not fit, and pages that no list has, such as `first: 500`. They are refused here, before
 * anything runs: found later, one would leave a dataset that is there as null.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  variables: Record<string, unknown>,
): number {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return 0;
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, {
    maxErrors: 1,
  });
  if (errors) throwAll(variableErrors(schema, document, operation, variables));
  const fragments = fragmentsOf(document);
  const known = new Map<SelectionSetNode, number>();
  const costOfSet = (set: SelectionSetNode, typeName: string): number => {
    const before = known.get(set);
    if (before !== undefined) return before;
    let cost = 0;
    for (const selection of set.selections) {
      if (isLeftOut(selection, coerced)) continue;
      if (selection.kind === Kind.FIELD) {
        const type = schema.getType(typeName);
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
        if (!field) continue;
        const below = selection.selectionSet ? costOfSet(selection.selectionSet, getNamedType(field.type).name) : 0;
        cost += costOfField(field, typeName, argumentsOf(field, selection, coerced), below);
      } else {
        const target = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        if (target) cost += costOfSet(target.selectionSet, target.typeCondition?.name.value ?? typeName);
      }
    }
    known.set(set, cost);
    return cost;
  };
  return costOfSet(operation.selectionSet, root.name);
}

/** The values of a field's arguments. Refused: a variable that is null where the argument must not be. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Record<string, unknown> | undefined,
): Record<string, unknown> {
  try {
    return getArgumentValues(field, node, variables);
  } catch (error) {
    const { message } = error as Error;
    throw badInput(message, /^Argument "(\w+)"/.exec(message)?.[1] ?? node.name.value);
  }
}

/** Whether `@skip` or `@include` leaves a selection out. */
function isLeftOut(node: SelectionNode, variables: Record<string, unknown> | undefined): boolean {
  if (!node.directives?.length) return false;
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if === false
  );
}

function costOfField(
  field: GraphQLField<unknown, unknown>,
  parent: string,
  args: Record<string, unknown>,
  below: number,
): number {
  const resamples = args.resamples ?? (args.input as { resamples?: unknown } | null | undefined)?.resamples;
  const own = (SCANS[field.name] ?? 1) + (typeof resamples === "number" && resamples > 0 ? resamples : 0);
  return own + listLength(field, parent, args) * below;
}

function listLength(field: GraphQLField<unknown, unknown>, parent: string, args: Record<string, unknown>): number {
  const asked = (value: unknown) => Math.max(1, Math.min(Number(value) || 1, LONGEST_LIST));
  if (field.args.some((argument) => argument.name === "first")) {
    checkPage(args);
    return asked(args.first ?? args.last ?? DEFAULT_PAGE);
  }
  if (!isListType(getNullableType(field.type))) return 1;
  const named = args.ids ?? args.externalIds;
  if (Array.isArray(named)) return asked(named.length);
  return parent.endsWith("Connection") ? 1 : PLAIN_LIST;
}

const fragmentsOf = (document: DocumentNode): Map<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions.flatMap((d) => (d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d] as const] : [])),
  );

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
  const cost = costOf(schema, document, operationName, variables);
  if (cost > limits.maxCost)
    throw tooComplex(`The operation costs ${cost}; at most ${limits.maxCost} is allowed. Ask for smaller pages.`);
}

const tooComplex = (message: string) => new AppError("TOO_COMPLEX", message);

/** The deepest field and the number of aliases of a document; introspection is bounded by the schema and does not count. */
export function measure(document: DocumentNode): { depth: number; aliases: number } {
  const fragments = fragmentsOf(document);
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
          selection.kind === Kind.FRAGMENT_SPREAD
            ? fragments.get(selection.name.value)?.selectionSet
            : selection.selectionSet;
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
