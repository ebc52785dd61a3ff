import { buildSchema, parse } from "graphql";
import { isFitForJit } from "../../../src/server/graphql/jit-fitness.js";

const schema = buildSchema(`
  type Query { plain(filter: Filter, first: Int = 20): Int deep(input: Deep!): Int defaults(input: Defaults!): Int }
  input Filter { word: String numbers: [Int!] }
  input Defaults { seed: Int! = 0 word: String }
  input Deep { many: [Nested!] }
  input Nested { defaults: Defaults self: Nested }
`);

describe("isFitForJit", () => {
  test.each([
    ["{ plain }", true],
    ['{ defaults(input: {word: "x"}) }', true],
    ["query ($first: Int) { plain(first: $first) }", true],
    ["query ($filter: Filter) { plain(filter: $filter) }", true],
    ["query ($word: String) { plain(filter: {word: $word}) }", true],
    ["query ($first: Int = 5) { plain(first: $first) }", true],
    ["query ($first: Int! = 5) { plain(first: $first) }", false],
    ["query ($input: Defaults!) { defaults(input: $input) }", false],
    ["query ($seed: Int) { defaults(input: {seed: $seed}) }", false],
    ["query ($word: String) { defaults(input: {word: $word}) }", false],
    ["query ($input: Deep!) { deep(input: $input) }", false],
    ["query ($many: [Nested!]) { deep(input: {many: $many}) }", false],
    ["query ($one: Nested!) { deep(input: {many: [$one]}) }", false],
    ["query ($input: Defaults!) { ...F } fragment F on Query { defaults(input: $input) }", false],
  ])("%s: %p", (document, expected) => {
    expect(isFitForJit(schema, parse(document))).toBe(expected);
  });
});
