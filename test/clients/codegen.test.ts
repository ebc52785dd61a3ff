/** graphql-codegen as docs/clients.md sets it up. */
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, isScalarType, isSpecifiedScalarType, parse } from "graphql";
import { createSchema } from "../../src/server/graphql/graphql-schema.js";
import { schemaText } from "../../src/server/graphql/schema-text.js";
import { block } from "./examples.js";

test("every scalar of our own has a type, and says by @specifiedBy what it is", async () => {
  const text = schemaText(await createSchema());
  const schema = buildSchema(text);
  const own = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
  const config = JSON.parse(block("json", "codegen")) as { scalars: object };
  expect(own.map(({ name }) => name).sort()).toEqual(Object.keys(config.scalars).sort());
  for (const type of own)
    expect(isScalarType(type) && type.specifiedByURL).toMatch(/^https:\/\/www\.rfc-editor\.org\//);
  const code = await codegen({
    schema: parse(text),
    documents: [{ document: parse('query Q { dataset(slug: "a") { createdAt prompts { nodes { metadata } } } }') }],
    filename: "types.ts",
    config,
    plugins: [{ typescript: {} }, { operations: {} }],
    pluginMap: { typescript, operations },
  });
  expect(code).toContain("createdAt: string");
  expect(code).toContain("metadata: Record<string, unknown>");
  expect(code).not.toMatch(/: any\b/);
});
