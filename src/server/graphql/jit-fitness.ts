import {
  BREAK,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { isCompilable } from "./document-size.js";

/**
 * Whether graphql-jit coerces the variables of a document as the specification has it. Version 0.8.9 does not where a
 * variable meets an input object whose fields have defaults: it takes `field: Int! = 0` for required, and a variable that
 * was not given for null; and it takes `$variable: Int! = 0` for required. Such operations, the mutations among them, are
 * executed by graphql-js. So are those whose code would be long: it writes out every fragment in each place where it is
 * spread. 636 characters of fragments within fragments kept it busy for 92 s, 1,400 selections within each other for 17 s.
 */
export function isFitForJit(schema: GraphQLSchema, document: DocumentNode): boolean {
  if (!isCompilable(document)) return false;
  let isFit = true;
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      enter(node) {
        if (node.kind === Kind.VARIABLE_DEFINITION) {
          if (!node.defaultValue || node.type.kind !== Kind.NON_NULL_TYPE) return false;
          isFit = false;
          return BREAK;
        }
        if (node.kind !== Kind.VARIABLE) return undefined;
        if (!hasDefaults(typeInfo.getInputType()) && !hasDefaults(typeInfo.getParentInputType())) return undefined;
        isFit = false;
        return BREAK;
      },
    }),
  );
  return isFit;
}

/** Whether a type is an input object with a default anywhere in it. */
function hasDefaults(type: GraphQLInputType | null | undefined, seen = new Set<string>()): boolean {
  const named = type && getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some(
    (field) => field.defaultValue !== undefined || hasDefaults(field.type, seen),
  );
}
