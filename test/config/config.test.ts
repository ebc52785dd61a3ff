import { readFileSync } from "node:fs";
import { ConfigError, jobMemory, readConfig } from "../../src/config/config.js";

/** The message with which an environment is refused. */
function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`not refused: ${JSON.stringify(environment)}`);
}

test("nothing need be set", () => {
  expect(readConfig({})).toMatchObject({
    HOST: "127.0.0.1",
    PORT: 4000,
    MIGRATE: true,
    JOB_SLOTS: 1,
    SHORT_SLOTS: 1,
    TENSOR_BACKEND: "auto",
    LOG_LEVEL: "info",
    MAX_LINE_BYTES: 16 * 1024 * 1024,
    CORS_ORIGINS: [],
  });
});

test("an empty variable is an unset one", () => {
  expect(readConfig({ PORT: "", DATABASE_URL: "", ADMIN_API_KEY: "" })).toEqual(readConfig({}));
});

test("SHORT_SLOTS is 1 where trainings run, 0 where none do, and what is set where it is set", () => {
  expect(readConfig({ JOB_SLOTS: "8" }).SHORT_SLOTS).toBe(1);
  expect(readConfig({ JOB_SLOTS: "0" }).SHORT_SLOTS).toBe(0);
  expect(readConfig({ JOB_SLOTS: "0", SHORT_SLOTS: "3" }).SHORT_SLOTS).toBe(3);
  expect(readConfig({ SHORT_SLOTS: "0" })).toMatchObject({ JOB_SLOTS: 1, SHORT_SLOTS: 0 });
});

test("the memory of a job: 4 GiB, half of the machine's, three quarters shared by all slots, whichever is least", () => {
  const GIB = 2 ** 30;
  expect(jobMemory(64 * GIB, 2)).toBe(4 * GIB);
  expect(jobMemory(8 * GIB, 1)).toBe(4 * GIB); // half of 8
  expect(jobMemory(8 * GIB, 2)).toBe(3 * GIB); // 6 for two
  expect(jobMemory(8 * GIB, 0)).toBe(3 * GIB); // those of a worker elsewhere
  expect(jobMemory(6 * GIB, 1)).toBe(3 * GIB);
  expect(jobMemory(16 * GIB, 6)).toBe(2 * GIB);
  expect(jobMemory(GIB / 16, 64)).toBe(64 * 2 ** 20);
  expect(readConfig({ JOB_MEMORY_BYTES: "67108864", JOB_SLOTS: "64" }).JOB_MEMORY_BYTES).toBe(67_108_864);
});

test("the settings cannot be changed later", () => {
  expect(Object.isFrozen(readConfig({}))).toBe(true);
});

test.each([
  ["PORT", "http", 'PORT is "http"; it must be a whole number from 0 to 65535.'],
  ["PORT", "-1", 'PORT is "-1"; it must be a whole number from 0 to 65535.'],
  ["PORT", "65536", 'PORT is "65536"; it must be a whole number from 0 to 65535.'],
  ["PORT", "4000.5", 'PORT is "4000.5"; it must be a whole number from 0 to 65535.'],
  ["PORT", " 80", 'PORT is " 80"; it must be a whole number from 0 to 65535.'],
  ...["4190", "6000", "22", "10080"].map((port) => [
    "PORT",
    port,
    `PORT is "${port}"; it must be a port that browsers and fetch ask: this one is blocked by the Fetch Standard.`,
  ]),
  ["MIGRATE", "yes", 'MIGRATE is "yes"; it must be true or false.'],
  ["LOG_LEVEL", "loud", 'LOG_LEVEL is "loud"; it must be fatal, error, warn, info, debug, trace or silent.'],
  ["TENSOR_BACKEND", "gpu", 'TENSOR_BACKEND is "gpu"; it must be auto, tensorflow, wasm or cpu.'],
  // Installed nowhere by this project: test/training/backend.test.ts says so of the package itself.
  [
    "TENSOR_BACKEND",
    "tensorflow",
    'TENSOR_BACKEND is "tensorflow"; it needs @tensorflow/tfjs-node, which is not installed.',
  ],
  ["SHORT_SLOTS", "-1", 'SHORT_SLOTS is "-1"; it must be a whole number from 0 to 64.'],
  ["SHORT_SLOTS", "1.5", 'SHORT_SLOTS is "1.5"; it must be a whole number from 0 to 64.'],
  ["SHORT_SLOTS", "65", 'SHORT_SLOTS is "65"; it must be a whole number from 0 to 64.'],
  ["JOB_THREADS", "0", 'JOB_THREADS is "0"; it must be a whole number from 1 to 256.'],
  ["MAX_OPERATIONS_PER_KEY", "0", 'MAX_OPERATIONS_PER_KEY is "0"; it must be a whole number from 1 to 10000.'],
  [
    "MAX_WAITING_OPERATIONS_PER_KEY",
    "-1",
    'MAX_WAITING_OPERATIONS_PER_KEY is "-1"; it must be a whole number from 0 to 1000000.',
  ],
  ["RATE_LIMIT", "0", 'RATE_LIMIT is "0"; it must be a whole number from 1 to 100000000.'],
  ["MAX_COST", "1e9", 'MAX_COST is "1e9"; it must be a whole number from 100 to 1000000000.'],
  [
    "CORS_ORIGINS",
    "labels.example.org",
    'CORS_ORIGINS is "labels.example.org"; it must be origins such as https://labels.example.org, or null for pages opened from a file, separated by commas.',
  ],
  [
    "CORS_ORIGINS",
    "https://a.example.org/path",
    'CORS_ORIGINS is "https://a.example.org/path"; it must be origins such as https://labels.example.org, or null for pages opened from a file, separated by commas.',
  ],
])("%s=%s is refused in one line", (name, value, line) => {
  expect(refusal({ [name]: value })).toBe(line);
});

test.each([
  [
    "DATABASE_URL",
    "mysql://root:hunter2@db/accord",
    "DATABASE_URL is (hidden); it must be a URL that begins with postgres://.",
  ],
  ["DATABASE_URL", "no URL", "DATABASE_URL is (hidden); it must be a URL that begins with postgres://."],
  [
    "DATABASE_URL",
    "postgres://root:hunter2@db:99999/accord",
    "DATABASE_URL is (hidden); it must be a URL of a host, a port of at most 65535 and a database.",
  ],
  ["ADMIN_API_KEY", "too-short-a-secret", "ADMIN_API_KEY is (hidden); it must have at least 32 characters."],
  ["ADMIN_API_KEY", `${"x".repeat(32)} y`, "ADMIN_API_KEY is (hidden); it must hold visible ASCII characters only."],
])("%s is refused without being shown", (name, value, line) => {
  expect(refusal({ [name]: value })).toBe(line);
});

test("each wrong setting has its own line, even when one breaks two rules", () => {
  const lines = refusal({ PORT: "x", MIGRATE: "y", ADMIN_API_KEY: "a b" }).split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(["PORT", "MIGRATE", "ADMIN_API_KEY"]);
});

test("CORS_ORIGINS is a list", () => {
  expect(readConfig({ CORS_ORIGINS: "https://a.example.org, http://localhost:3000,null," }).CORS_ORIGINS).toEqual([
    "https://a.example.org",
    "http://localhost:3000",
    "null",
  ]);
});

test("docs/operations.md names every setting, and no other", () => {
  const text = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gm)].flatMap(([, names]) =>
    [...(names ?? "").matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
  );
  const ofTheClient = ["ACCORD_URL", "ACCORD_API_KEY"];
  expect(rows.filter((name) => !ofTheClient.includes(name ?? "")).sort()).toEqual(Object.keys(settingsRead()).sort());
});

/** The names that readConfig looks up. */
function settingsRead(): Record<string, true> {
  const asked: Record<string, true> = {};
  const environment = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get(_target, name) {
        asked[String(name)] = true;
        return undefined;
      },
    },
  );
  readConfig(environment);
  return asked;
}
