import { type GraphQLSchema, isIntrospectionType, isSpecifiedScalarType, printType } from "graphql";

const HEAD = `# Made by \`npm run schema\` from src/schema and src/resolvers; a test compares it. Change it there, not here.
`;

/** A schema as the file in the repository has it. */
export const schemaText = (schema: GraphQLSchema): string => `${HEAD}\n${typesText(schema)}`;

/** A schema in the schema definition language with its descriptions, the types in the order of their names. */
export function typesText(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${types.map(printType).join("\n\n")}\n`;
}
