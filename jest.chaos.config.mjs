import base from "./jest.config.mjs";

const server = base.projects.find(({ displayName }) => displayName === "server");

/** The long runs of test/chaos/, one after another: npm run chaos. */
export default {
  ...base,
  projects: [{ ...server, roots: ["<rootDir>/test/chaos"], globals: { CHAOS: "long" } }],
  testTimeout: 3_600_000,
  maxWorkers: 1,
};
