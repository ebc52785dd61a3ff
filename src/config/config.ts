import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { z } from "zod";
import { REFUSED_PORTS } from "./refused-ports.js";

/** The settings of a process, read once from the environment and then never changed. */
export type Config = Readonly<z.infer<typeof SETTINGS> & Resolved>;

/** What takes its default from other settings. */
interface Resolved {
  readonly SHORT_SLOTS: number;
  readonly JOB_MEMORY_BYTES: number;
}

const LEAST_JOB_MEMORY = 67_108_864;

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine((n) => n >= minimum && n <= maximum, `must be a whole number from ${minimum} to ${maximum}`);

const whole = (minimum: number, maximum: number, fallback: number) => wholeNumber(minimum, maximum).default(fallback);

/** The optional package behind the backend tensorflow. */
const TFJS_NODE = "@tensorflow/tfjs-node";

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

const SETTINGS = z.object({
  HOST: z.string().min(1, "must name an address").default("127.0.0.1"),
  PORT: whole(0, 65_535, 4000).refine(
    (port) => !REFUSED_PORTS.has(port),
    "must be a port that browsers and fetch ask: this one is blocked by the Fetch Standard",
  ),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, { error: "must be a URL that begins with postgres://", abort: true })
    .refine((url) => URL.canParse(url), "must be a URL of a host, a port of at most 65535 and a database")
    .optional(),
  MIGRATE: z
    .enum(["true", "false"], "must be true or false")
    .default("true")
    .transform((word) => word === "true"),
  DATA_DIR: z.string().min(1, "must name a folder").optional(),
  ADMIN_API_KEY: z
    .string()
    .min(32, "must have at least 32 characters")
    .regex(/^[\x21-\x7e]+$/, "must hold visible ASCII characters only")
    .optional(),
  JOB_SLOTS: whole(0, 64, 1),
  /** How many jobs of lane SHORT a process runs at once; unset: 1 where JOB_SLOTS is at least 1. */
  SHORT_SLOTS: wholeNumber(0, 64).optional(),
  JOB_THREADS: whole(1, 256, Math.max(1, availableParallelism() - 1)),
  /** How long a runner holds a job without a sign of life, in milliseconds. */
  JOB_LEASE_MS: whole(1_000, 600_000, 10_000),
  /** How often a running job stores a checkpoint, in milliseconds. */
  JOB_CHECKPOINT_MS: whole(100, 3_600_000, 30_000),
  /** The most memory that the tensors of one job may take, in bytes; unset: by the machine and the slots. */
  JOB_MEMORY_BYTES: wholeNumber(LEAST_JOB_MEMORY, 1_099_511_627_776).optional(),
  TENSOR_BACKEND: z
    .enum(["auto", "tensorflow", "wasm", "cpu"], "must be auto, tensorflow, wasm or cpu")
    .refine((name) => name !== "tensorflow" || isInstalled(TFJS_NODE), `needs ${TFJS_NODE}, which is not installed`)
    .default("auto"),
  LOG_LEVEL: z
    .enum(
      ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
      "must be fatal, error, warn, info, debug, trace or silent",
    )
    .default("info"),
  MAX_BODY_BYTES: whole(1024, 1_073_741_824, 4_194_304),
  MAX_LINE_BYTES: whole(1024, 268_435_456, 16_777_216),
  MAX_DEPTH: whole(3, 100, 16),
  MAX_COST: whole(100, 1_000_000_000, 200_000),
  MAX_ALIASES: whole(1, 100_000, 100),
  /** What is held for clients at a time, of one key and of all, in bytes. */
  MAX_WAITING_BYTES_PER_KEY: whole(1_048_576, 1_099_511_627_776, 67_108_864),
  MAX_WAITING_BYTES: whole(1_048_576, 1_099_511_627_776, 268_435_456),
  /** WebSockets that are open at a time, of one key and of all. */
  MAX_SOCKETS_PER_KEY: whole(1, 1_000_000, 1_000),
  MAX_SOCKETS: whole(1, 1_000_000, 10_000),
  /** Operations of one key that run at a time, and that wait their turn. */
  MAX_OPERATIONS_PER_KEY: whole(1, 10_000, 5),
  MAX_WAITING_OPERATIONS_PER_KEY: whole(0, 1_000_000, 1_000),
  RATE_LIMIT: whole(1, 100_000_000, 6000),
  CORS_ORIGINS: z
    .string()
    .default("")
    .transform((list) => list.split(",").flatMap((origin) => (origin.trim() === "" ? [] : [origin.trim()])))
    .refine((origins) => origins.every((origin) => /^(https?:\/\/[^/\s]+|null)$/.test(origin)), {
      error:
        "must be origins such as https://labels.example.org, or null for pages opened from a file, separated by commas",
    }),
  /** How long a draining server waits for open requests, in milliseconds. */
  DRAIN_MS: whole(0, 600_000, 10_000),
});

/** A setting that breaks its rule: one line that names the variable, the value and the rule. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the settings from an environment. Unset and empty variables take their default.
 * A wrong value is refused with a ConfigError of one line for each: variable, value, rule; secrets are not shown.
 */
export function readConfig(environment: Environment): Config {
  const settings = parseSettings(SETTINGS, environment);
  const { JOB_SLOTS, SHORT_SLOTS = Math.min(1, JOB_SLOTS) } = settings;
  const { JOB_MEMORY_BYTES = jobMemory(totalmem(), JOB_SLOTS + SHORT_SLOTS) } = settings;
  return Object.freeze({ ...settings, SHORT_SLOTS, JOB_MEMORY_BYTES });
}

/**
 * The memory that one job's tensors may take where nothing is set: 4 GiB, but no more than half of the machine's memory, and
 * no more than three quarters of it for all slots at once.
 * @param machineBytes the machine's memory
 * @param slots how many jobs the process runs at once; 0 counts as the 2 of a worker with the defaults
 */
export function jobMemory(machineBytes: number, slots: number): number {
  const share = Math.min(machineBytes / 2, (0.75 * machineBytes) / (slots || 2));
  return Math.max(LEAST_JOB_MEMORY, Math.min(4_294_967_296, Math.floor(share)));
}

type Environment = Readonly<Record<string, string | undefined>>;

function parseSettings<Shape extends z.ZodRawShape>(
  settings: z.ZodObject<Shape>,
  environment: Environment,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(
    Object.keys(settings.shape).flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  );
  const parsed = settings.safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  const lines = new Map<string, string>();
  for (const { path, message } of parsed.error.issues) {
    const name = String(path[0]);
    const shown = /API_KEY|DATABASE_URL/.test(name) ? "(hidden)" : JSON.stringify(environment[name]);
    if (!lines.has(name)) lines.set(name, `${name} is ${shown}; it ${message}.`);
  }
  throw new ConfigError([...lines.values()].join("\n"));
}

const CLIENT_SETTINGS = z.object({
  ACCORD_URL: z
    .string()
    .regex(/^https?:\/\/[^\s]+$/, { error: "must be a URL that begins with http:// or https://", abort: true })
    .refine((url) => URL.canParse(url), { error: "must be a URL of a host and a port of at most 65535", abort: true })
    .refine(
      (url) => !REFUSED_PORTS.has(Number(new URL(url).port)),
      "must name a port that fetch asks: this one is blocked by the Fetch Standard",
    )
    .transform((url) => url.replace(/\/+$/, ""))
    .default("http://127.0.0.1:4000"),
  ACCORD_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must hold visible ASCII characters only")
    .optional(),
});

/** Where the command line finds its server, and with which key. */
export type ClientConfig = Readonly<z.infer<typeof CLIENT_SETTINGS>>;

/** Reads the command line's settings from an environment; refused like readConfig. */
export function readClientConfig(environment: Environment): ClientConfig {
  return parseSettings(CLIENT_SETTINGS, environment);
}
