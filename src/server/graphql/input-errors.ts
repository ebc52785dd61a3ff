import {
  type ASTNode,
  coerceInputValue,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  type ValueNode,
  visit,
} from "graphql";
import { show } from "../../datasets/text/code-points.js";
import { type AppError, badInput, MOST_TOLD } from "../../errors.js";

/**
 * What is wrong with the values of an operation's variables, up to 20 of it, each with the input's path: where the
 * variable stands in an argument, and where in its value the fault is. None: GraphQL can coerce them all.
 */
export function variableErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): AppError[] {
  const errors: AppError[] = [];
  for (const { variable, type: node, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node as never);
    if (!isInputType(type)) continue;
    const isGiven = Object.hasOwn(variables, name);
    const refuse = (sentence: string, path: readonly (string | number)[] = []) => {
      if (errors.length < MOST_TOLD) errors.push(badInput(sentence, [placeOf(document, name), ...path].join(".")));
    };
    if (!isGiven && (defaultValue || !isNonNullType(type))) continue;
    if (!isGiven) refuse(`Variable "$${name}" of required type "${type}" was not provided.`);
    else if (variables[name] === null && isNonNullType(type))
      refuse(`Variable "$${name}" of non-null type "${type}" must not be null.`);
    else
      coerceInputValue(variables[name], type, (path, value, { message }) => {
        const whole = [...path, ...nameInside(message)];
        const at = whole.length > 0 ? ` at "${[name, ...whole].join(".")}"` : "";
        refuse(`Variable "$${name}" got invalid value ${show(value)}${at}; ${message}`, whole);
      });
  }
  return errors;
}

/** The field of an input object that GraphQL misses or does not know: its path is the object's. */
function nameInside(message: string): string[] {
  const [, name] = /^Field "(?:\w+\.)?(\w+)" (?:of required type|is not defined by type) /.exec(message) ?? [];
  return name === undefined ? [] : [name];
}

/** Where a variable stands in the arguments of a document, as a dotted path; its own name where it stands nowhere. */
function placeOf(document: DocumentNode, name: string): string {
  return pathTo(document, (node) => node.kind === Kind.VARIABLE && node.name.value === name) ?? name;
}

/** The path of the value that a refusal by GraphQL's own validation speaks of; undefined where it is about no input. */
export function literalField(document: DocumentNode, { message, nodes }: GraphQLError): string | undefined {
  const [, missing] = /^(?:Field|Directive) "@?\w+" argument "(\w+)" of type /.exec(message) ?? [];
  if (missing !== undefined) return missing;
  const path = pathTo(document, (node) => nodes?.includes(node) === true);
  if (path === undefined) return undefined;
  const [name] = nameInside(message);
  return name === undefined || path.endsWith(`.${name}`) ? path : `${path}.${name}`;
}

/** The dotted path, from the argument on, of the first node inside an argument that fits. */
function pathTo(document: DocumentNode, fits: (node: ASTNode) => boolean): string | undefined {
  const within = (value: ValueNode, path: readonly (string | number)[]): string | undefined => {
    if (fits(value)) return path.join(".");
    if (value.kind === Kind.LIST) return first(value.values, (item, index) => within(item, [...path, index]));
    if (value.kind !== Kind.OBJECT) return undefined;
    return first(value.fields, (field) => {
      const inside = [...path, field.name.value];
      return fits(field) ? inside.join(".") : within(field.value, inside);
    });
  };
  let found: string | undefined;
  visit(document, {
    Argument(node) {
      found ??= fits(node) ? node.name.value : within(node.value, [node.name.value]);
      return false;
    },
  });
  return found;
}

function first<Item, Found>(
  items: readonly Item[],
  find: (item: Item, index: number) => Found | undefined,
): Found | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
