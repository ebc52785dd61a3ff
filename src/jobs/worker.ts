/**
 * The entry of the thread that trains: it loads TensorFlow.js once, then runs one job after another. It reads and writes
 * files and never the database: what there is to store it reports.
 */
import { parentPort, workerData } from "node:worker_threads";
import { JobFailure } from "../errors.js";
import { openBackend } from "../training/backend.js";
import type { FromWorker, Outcome, RunOrder, ToWorker, WorkerSetup } from "./messages.js";
import { Run } from "./run.js";

const port = parentPort;
if (!port) throw new Error("This module is the entry of a thread.");
const setup = workerData as WorkerSetup;
const tell = (message: FromWorker): void => port.postMessage(message);

const backend = await openBackend(setup.backend, { memoryBytes: setup.memoryBytes });
let run: Run | null = null;

port.on("message", (message: ToWorker) => {
  if (message.kind === "run") void start(message.order);
  else run?.hear(message);
});
tell({ kind: "ready", environment: { ...backend.environment } });

async function start(order: RunOrder): Promise<void> {
  run = new Run({ backend, threads: order.threads, order, report: (report) => tell({ kind: "report", report }) });
  const outcome = await run.outcome().catch(failure);
  run = null;
  tell({ kind: "outcome", outcome });
}

function failure(error: unknown): Outcome {
  if (error instanceof JobFailure) {
    return { kind: "failed", code: error.code, message: error.message, step: error.step };
  }
  const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
  return {
    kind: "failed",
    code: "TRAINER_FAILED",
    message: `The trainer broke off: ${message}`,
    step: null,
    ...(stack === undefined ? {} : { stack }),
  };
}
