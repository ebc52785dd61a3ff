import { type GraphQLSchema, isIntrospectionType, isSpecifiedScalarType, printType } from "graphql";

const HEAD = `# Made by \`npm run schema\` from src/schema and src/resolvers; a test compares it. Change it there, not here.
`;

/** A schema in the schema definition language with its descriptions, the types in the order of their names. */
export function schemaText(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${HEAD}\n${types.map(printType).join("\n\n")}\n`;
}
