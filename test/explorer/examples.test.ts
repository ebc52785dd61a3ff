import { fillIds, parseExample } from "../../src/explorer/examples.js";

describe("parseExample", () => {
  test("takes the sentence, the variables and the rest", () => {
    const text = '# Do it\r\n# variables: {"slug": "sample", "first": 2}\r\n\r\n# why\r\nquery It { it }\r\n';
    expect(parseExample("it.graphql", text)).toEqual({
      file: "it.graphql",
      title: "Do it",
      query: "# Do it\n\n# why\nquery It { it }\n",
      variables: '{\n  "slug": "sample",\n  "first": 2\n}',
      ids: null,
      needs: "",
    });
  });

  test("leaves the variables empty where there are none", () => {
    expect(parseExample("it.graphql", "# Do it\n{ it }").variables).toBe("");
  });

  test.each([["{ it }"], [""], ["# variables: {}\n{ it }"]])("refuses a file without a sentence: %j", (text) => {
    expect(() => parseExample("it.graphql", text)).toThrow(
      "An example begins with a comment line that says what it does; it.graphql does not.",
    );
  });

  test.each([["[1]"], ["null"], ["{"], ['{"a": 1} and more'], [""]])("refuses variables that are %j", (json) => {
    expect(() => parseExample("it.graphql", `# Do it\n# variables: ${json}\n{ it }`)).toThrow(
      `The variables of an example are a JSON object on one line; it.graphql has ${json}`,
    );
  });

  test("takes the query that finds ids, and what it needs, out of the document", () => {
    const text = '# Do it\n# ids: { a { id } }\n# needs: an a\n# variables: {"id": "{a.id}"}\n{ it }';
    expect(parseExample("it.graphql", text)).toMatchObject({
      query: "# Do it\n{ it }\n",
      ids: "{ a { id } }",
      needs: "an a",
    });
  });

  test.each([
    ['# variables: {"id": "{a.id}"}'],
    ["# ids: { a { id } }\n# needs: an a"],
    ['# ids: { a { id } }\n# variables: {"id": "{a.id}"}'],
  ])("refuses places, a query and a need that do not go together: %j", (lines) => {
    expect(() => parseExample("it.graphql", `# Do it\n${lines}\n{ it }`)).toThrow("go together; see it.graphql.");
  });
});

describe("fillIds", () => {
  const variables = JSON.stringify({ a: "{x.0.id}", b: ["{y}", "key {y}"], c: {} });

  test("puts what was found into its places, as JSON has it", () => {
    expect(JSON.parse(fillIds(variables, { x: [{ id: 'one "1"' }], y: "2" }) as string)).toEqual({
      a: 'one "1"',
      b: ["2", "key 2"],
      c: {},
    });
  });

  test.each([[null], [undefined], [{ x: [], y: "2" }], [{ x: [{ id: null }], y: "2" }], [{ x: [{ id: 7 }], y: "2" }]])(
    "is null where something was not found: %j",
    (found) => {
      expect(fillIds(variables, found)).toBeNull();
    },
  );
});
