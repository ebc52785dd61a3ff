import { type Logger, type LoggerOptions, pino } from "pino";

/** Where log lines go: a terminal gets lines for people, anything else JSON, one object a line. */
export interface LogStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** The server's logger. Neither keys nor the values of SQL parameters get into it. */
export function createLogger(level: string, out?: LogStream): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorFacts },
    redact: { paths: ["authorization", "*.authorization", "req.headers.authorization"], censor: "(hidden)" },
  };
  const stream = out ?? process.stdout;
  if (stream.isTTY) return pino(options, { write: (line: string) => void stream.write(forPeople(line)) });
  return out ? pino(options, { write: (line: string) => void out.write(line) }) : pino(options);
}

/**
 * What the log keeps of an error: its words, its stack, and where PostgreSQL saw it. Not the parameters and details of a
 * statement: they hold the texts of prompts and the hashes of keys.
 */
function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const facts: Record<string, unknown> = { type: error.name, message: error.message, stack: error.stack };
  for (const name of ["code", "table", "column", "constraint", "routine", "query"]) {
    const value = (error as unknown as Record<string, unknown>)[name];
    if (value !== undefined) facts[name] = value;
  }
  if (error.cause instanceof Error) facts.cause = errorFacts(error.cause);
  return facts;
}

/** "10:00:00.123 INFO  Accord listens on … url=…", and below it an error's stack. */
function forPeople(line: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown> & { err?: { stack?: string } };
  const facts = Object.entries(rest).map(
    ([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const stack = err?.stack ? `\n${err.stack}` : err ? `\n${JSON.stringify(err)}` : "";
  return `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${msg ?? ""}${facts.join("")}${stack}\n`;
}
