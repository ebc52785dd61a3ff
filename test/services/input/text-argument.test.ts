/** Texts to look for: what no stored text can hold, and parts so long that each row's comparison would take long. */
import { checkSearch, checkTexts } from "../../../src/services/input/text-argument.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.data('mutation { createDataset(input: { slug: "searched", name: "Searched" }) { id } }');
});
afterAll(() => server.close());

test("takes parts of up to 1,000 characters, however many code units they take", () => {
  for (const part of [null, undefined, "", "x".repeat(1000), "😀".repeat(1000)]) checkSearch(part, "filter.search");
  for (const part of ["x".repeat(1001), "😀".repeat(1001)]) {
    expect(() => checkSearch(part, "filter.search")).toThrow("filter.search has 1001 characters; it may have 1000.");
  }
});

test("refuses what no stored text can hold", () => {
  for (const text of ["a\u0000", "\ud800"]) {
    expect(() => checkSearch(text, "filter.search")).toThrow(/^filter\.search /);
    expect(() => checkTexts({ author: text }, "filter.")).toThrow(/^filter\.author /);
  }
});

// Each row is compared with the whole part: 3 MB against 136 prompts took the database 28 s.
test.each([
  ["prompts", '{ dataset(slug: "searched") { prompts(filter: { search: "PART" }) { totalCount } } }'],
  ["labelers", '{ labelers(filter: { search: "PART" }) { totalCount } }'],
])("refuses a longer part of %s before the database is asked", async (_list, query) => {
  const { errors } = await server.graphql(query.replace("PART", "x".repeat(1001)));
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field: "filter.search" } }]);
});
