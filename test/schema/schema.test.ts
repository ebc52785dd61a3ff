import { readFileSync } from "node:fs";
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from "graphql";
import { createSchema } from "../../src/server/graphql/graphql-schema.js";
import { schemaText } from "../../src/server/graphql/schema-text.js";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await createSchema();
});

test("src/schema/schema.graphql is fresh; `npm run schema` makes it anew", () => {
  const committed = readFileSync(new URL("../../src/schema/schema.graphql", import.meta.url), "utf8");
  expect(schemaText(schema)).toBe(committed);
});

test("every type, field, argument, input field and enum has a description that is a sentence", () => {
  const bare: string[] = [];
  const check = (name: string, description: string | null | undefined) => {
    if (!/^[A-Z0-9"`(].*[.)]$/s.test(description ?? "")) bare.push(`${name}: ${description ?? "none"}`);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    if (!["Query", "Mutation", "Subscription"].includes(type.name)) check(type.name, type.description);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field.description);
        for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name})`, argument.description);
      }
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field.description);
    } else {
      expect(isEnumType(type) || isUnionType(type) || ["BigInt", "DateTime", "JSONObject"].includes(type.name)).toBe(
        true,
      );
    }
  }
  expect(bare).toEqual([]);
});
