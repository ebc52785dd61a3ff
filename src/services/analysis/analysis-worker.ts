/** The entry of the thread that analyses: it answers questions about the database that it is told once. */
import { parentPort, workerData } from "node:worker_threads";
import { Database } from "../../entities/database/database.js";
import { AppError } from "../../errors.js";
import { ANALYSES, type Analyses } from "./analyses.js";
import type { FromAnalysis, ToAnalysis } from "./analysis-thread.js";

/** Questions are worked on in turn, step by step; more connections would not make them faster. */
const CONNECTIONS = 2;

const { url } = workerData as { url: string };
let database: Promise<Database> | null = null;

/** Connects with the first question, and anew where that failed. */
function connected(): Promise<Database> {
  if (database === null) {
    database = Database.connect(url, CONNECTIONS);
    database.catch(() => {
      database = null;
    });
  }
  return database;
}

type Analysis = (database: Database, question: unknown) => Promise<unknown>;

async function answer(id: number, name: keyof Analyses, question: unknown): Promise<FromAnalysis> {
  try {
    const analysis = ANALYSES[name] as Analysis;
    return { kind: "answer", id, answer: await analysis(await connected(), question) };
  } catch (error) {
    if (error instanceof AppError)
      return { kind: "refusal", id, code: error.code, message: error.message, field: error.field };
    // An error that is sent as such loses its code.
    const fault = error as Error & { code?: unknown };
    return { kind: "fault", id, message: fault.message, stack: fault.stack, name: fault.name, code: fault.code };
  }
}

parentPort?.on("message", async (message: ToAnalysis) => {
  if (message.kind === "ask") {
    parentPort?.postMessage(await answer(message.id, message.name, message.question));
    return;
  }
  await (await database)?.close();
  process.exit(0);
});
