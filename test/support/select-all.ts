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
  below = (target: string, left: number) => selectAll(schema, target, left, args),
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
    return depth === 0 ? [] : [`${field.name}${given ?? ""} ${below(target.name, depth - 1)}`];
  };
  return `{ __typename ${Object.values(type.getFields()).flatMap(select).join(" ")} }`;
}

/** The same in fragments, one for each type and depth: what is written once may be deep, for texts have a limit. */
export function selectAllByFragments(
  schema: GraphQLSchema,
  typeName: string,
  depth: number,
  args: Readonly<Record<string, string>>,
): { selection: string; fragments: string } {
  const fragments = new Map<string, string>();
  const spread = (target: string, left: number): string => {
    const name = `${target}${left}`;
    if (!fragments.has(name)) {
      fragments.set(name, "");
      fragments.set(name, `fragment ${name} on ${target} ${selectAll(schema, target, left, args, spread)}`);
    }
    return `{ ...${name} }`;
  };
  const selection = spread(typeName, depth);
  return { selection, fragments: [...fragments.values()].join("\n") };
}
