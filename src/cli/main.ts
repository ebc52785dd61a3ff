#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { ConfigError, readClientConfig } from "../config/config.js";
import { addAnalysisCommands } from "./analysis-commands.js";
import { runQuery } from "./commands/query.js";
import { addDataCommands } from "./data-commands.js";
import { addJobCommands } from "./job-commands.js";
import { Client, Refusal, WrongUsage } from "./server/client.js";
import { watchPipes, whenPipeBreaks } from "./terminal/broken-pipe.js";
import { whole } from "./terminal/options.js";
import { addTrainingCommands } from "./training-commands.js";

/** Exit statuses: 0 fine, 1 refused, 2 wrong usage. */
const REFUSED = 1;
const WRONG = 2;

const ENVIRONMENT = `
Environment:
  ACCORD_URL      the server (default http://127.0.0.1:4000)
  ACCORD_API_KEY  the API key
Exit status: 0 fine, 1 refused, 2 wrong usage.`;

const client = (): Client => new Client(readClientConfig(process.env));

/** A server does not end because nobody reads its log. */
const serveOn = (): void => {};

/** The server's code is loaded by `start` and `demo` only: the other commands answer at once. */
function program(): Command {
  const accord = new Command("accord")
    .description("The data and the evaluation of RLHF, behind a GraphQL API.")
    .addHelpText("after", ENVIRONMENT)
    .showHelpAfterError("(accord --help says more)");

  accord
    .command("start")
    .description("serve the data of DATA_DIR, or of DATABASE_URL")
    .option("--json", "print the address and a first key as JSON")
    .action(async (options) => {
      whenPipeBreaks(serveOn);
      await (await import("../run-server.js")).runServer(process.env, options);
    });
  accord
    .command("worker")
    .description(
      "run jobs of the server that shares DATABASE_URL and DATA_DIR; JOB_SLOTS trainings and SHORT_SLOTS short jobs at once",
    )
    .action(async () => {
      whenPipeBreaks(serveOn);
      await (await import("../run-server.js")).runWorker(process.env);
    });
  addDataCommands(accord, client);
  addAnalysisCommands(accord, client);
  addTrainingCommands(accord, client);
  addJobCommands(accord, client);
  accord
    .command("query")
    .description("send a GraphQL operation and print the answer")
    .argument("[file]", "a file, or - for standard input")
    .option("-e, --execute <text>", "the operation itself")
    .option("--variables <json>", "its variables")
    .option("--json", "print JSON (it always does)")
    .action((file, options) => runQuery(client(), file, options));
  accord
    .command("demo")
    .description("walk through everything on the sample dataset, in a data directory of its own")
    .option("--exit", "end when the walk is done instead of serving on")
    .option("--port <n>", "the port (default: PORT, else a free one from 4000 on)", whole)
    .action(async (options) => (await import("./commands/demo.js")).runDemo(process.env, options));
  return accord;
}

/** commander calls process.exit itself unless every command is told not to. */
function throwing(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) throwing(child as Command);
  return command;
}

watchPipes();
try {
  await throwing(program()).parseAsync();
} catch (error) {
  process.exitCode = statusOf(error);
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG;
  if (error instanceof ConfigError || error instanceof WrongUsage) {
    process.stderr.write(`${error.message}\n`);
    return WRONG;
  }
  if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n`);
    return REFUSED;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return REFUSED;
}
