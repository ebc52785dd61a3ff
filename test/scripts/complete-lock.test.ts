import { readFileSync } from "node:fs";
import { describe, expect, it as test } from "@jest/globals";
import { missingEntries, platformOf } from "../../scripts/complete-lock.mjs";

interface Entry {
  readonly os?: string[];
  readonly cpu?: string[];
  readonly libc?: string[];
  readonly integrity?: string;
}

const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
  packages: Record<string, Entry>;
};

describe("package-lock.json", () => {
  test("has every platform's packages, or npm ci refuses it (mend: node scripts/complete-lock.mjs)", () => {
    expect(missingEntries(lock)).toEqual({});
  });
});

describe("platformOf", () => {
  // npm's own entries are the ones with an integrity: their lists come from the packages' package.json.
  const known = Object.entries(lock.packages).filter(([, entry]) => entry.integrity && entry.os && entry.cpu);

  test("reads the system and the processor from the name, as the packages' own lists have them", () => {
    const read = known.map(([where]) => [where, platformOf(where).os, platformOf(where).cpu]);
    expect(known.length).toBeGreaterThan(20);
    expect(read).toEqual(known.map(([where, entry]) => [where, entry.os, entry.cpu]));
  });

  test("reads the C library where the name tells it", () => {
    expect(platformOf("@swc/core-linux-x64-musl")).toEqual({ os: ["linux"], cpu: ["x64"], libc: ["musl"] });
    expect(platformOf("@swc/core-linux-x64-gnu")).toEqual({ os: ["linux"], cpu: ["x64"], libc: ["glibc"] });
    expect(platformOf("@x/arm-musleabihf-linux-arm")).toEqual({ os: ["linux"], cpu: ["arm"], libc: ["musl"] });
    expect(platformOf("@biomejs/cli-win32-x64")).toEqual({ os: ["win32"], cpu: ["x64"] });
  });
});

describe("missingEntries", () => {
  test("finds what a package asks for and nobody above it has", () => {
    const packages = {
      "": {},
      "node_modules/a": { dev: true, optionalDependencies: { "a-linux-x64": "1.0.0", "a-darwin-arm64": "1.0.0" } },
      "node_modules/a/node_modules/a-linux-x64": { version: "1.0.0" },
    };
    expect(missingEntries({ packages })).toEqual({
      "node_modules/a-darwin-arm64": { version: "1.0.0", dev: true, optional: true, os: ["darwin"], cpu: ["arm64"] },
    });
  });
});
