import { parseExample } from "../../src/explorer/examples.js";

describe("parseExample", () => {
  it("takes the sentence, the variables and the rest", () => {
    const text = '# Do it\r\n# variables: {"slug": "sample", "first": 2}\r\n\r\n# why\r\nquery It { it }\r\n';
    expect(parseExample("it.graphql", text)).toEqual({
      file: "it.graphql",
      title: "Do it",
      query: "# Do it\n\n# why\nquery It { it }\n",
      variables: '{\n  "slug": "sample",\n  "first": 2\n}',
    });
  });

  it("leaves the variables empty where there are none", () => {
    expect(parseExample("it.graphql", "# Do it\n{ it }").variables).toBe("");
  });

  it.each([["{ it }"], [""], ["# variables: {}\n{ it }"]])("refuses a file without a sentence: %j", (text) => {
    expect(() => parseExample("it.graphql", text)).toThrow(
      "An example begins with a comment line that says what it does; it.graphql does not.",
    );
  });

  it.each([["[1]"], ["null"], ["{"], ['{"a": 1} and more'], [""]])("refuses variables that are %j", (json) => {
    expect(() => parseExample("it.graphql", `# Do it\n# variables: ${json}\n{ it }`)).toThrow(
      `The variables of an example are a JSON object on one line; it.graphql has ${json}`,
    );
  });
});
