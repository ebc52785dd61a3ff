import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { satisfies } = createRequire(import.meta.url)("semver") as {
  satisfies(version: string, range: string): boolean;
};
const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

/** The Nodes that .ci/nodes tries: the oldest that may be used, and one of each later line. */
const VERSIONS = /^versions=\((.+)\)$/m.exec(read(".ci/nodes"))?.[1]?.split(" ") ?? [];

const { packages } = JSON.parse(read("package-lock.json")) as {
  packages: Record<string, { readonly engines?: { readonly node?: string } }>;
};

test("every package, our own among them, runs on every Node that is tried: none needs a newer one, and none Node 20", () => {
  expect(VERSIONS.map((version) => Number.parseInt(version, 10))).toEqual([20, 22, 24, 26]);
  const named = Object.entries(packages).flatMap(([name, { engines }]) =>
    engines?.node === undefined ? [] : [{ name: name || "accord", range: engines.node }],
  );
  expect(named.length).toBeGreaterThan(300);
  const wrong = named.flatMap(({ name, range }) =>
    VERSIONS.filter((version) => !satisfies(version, range)).map((version) => `${name} (${range}) on Node ${version}`),
  );
  expect(wrong).toEqual([]);
});

test("the oldest Node that is tried is the oldest that package.json allows and README names", () => {
  const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } };
  const [oldest = ""] = VERSIONS;
  expect(`${oldest}`.replace(/\.0$/, "")).toBe(engines.node.replace(">=", ""));
  expect(read("README.md")).toContain(engines.node.replace(">=", ""));
});
