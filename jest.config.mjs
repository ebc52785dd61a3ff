import path from "node:path";
import { serverTestFiles, testFiles } from "./test/support/test-kinds.mjs";

const ROOT = import.meta.dirname;

/** Tests run the TypeScript sources as ES modules; worker threads and child processes run the build in dist/. */
const common = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript", decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
};

const server = serverTestFiles(ROOT);
const pure = testFiles(ROOT).filter((file) => !server.includes(file));
const only = (files) => files.map((file) => `<rootDir>/${path.relative(ROOT, file).split(path.sep).join("/")}`);

export default {
  projects: [
    { ...common, displayName: "pure", testMatch: only(pure) },
    {
      ...common,
      displayName: "server",
      testMatch: only(server),
      globalSetup: "<rootDir>/test/support/global-setup.mjs",
      globalTeardown: "<rootDir>/test/support/global-teardown.mjs",
    },
  ],
  reporters: ["default", "<rootDir>/test/support/summary-reporter.mjs"],
  testTimeout: 30_000,
  maxWorkers: 2,
};
