import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from "graphql";

/**
 * A selection of every field of a type, and of what they lead to, as deep as told. Arguments that a field needs are
 * given by "Type.field"; a field that needs some and has none there is an error, so that a new one is not forgotten.
 */
export function selectAll(
  schema: GraphQLSchema,
  typeName: string,
  depth: number,
  args: Readonly<Record<string, string>>,
): string {
  const type = schema.getType(typeName) as GraphQLNamedType;
  if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`${typeName} has no fields.`);
  const select = (field: GraphQLField<unknown, unknown>): string[] => {
    const given = args[`${typeName}.${field.name}`];
    if (
      given === undefined &&
      field.args.some(({ type, defaultValue }) => /!$/.test(String(type)) && defaultValue === undefined)
    )
      throw new Error(`${typeName}.${field.name} needs arguments; name them in the table.`);
    const target = getNamedType(field.type);
    if (isLeafType(target)) return [`${field.name}${given ?? ""}`];
    return depth === 0 ? [] : [`${field.name}${given ?? ""} ${selectAll(schema, target.name, depth - 1, args)}`];
  };
  return `{ __typename ${Object.values(type.getFields()).flatMap(select).join(" ")} }`;
}
