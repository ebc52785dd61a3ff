/**
 * Loaded into every thread of a server under test (node --import): writes when the thread that trains tells of each point of
 * its log, "SEQUENCE MILLISECONDS" a line, into the file of STEP_CLOCK. Milliseconds since 1970, with fractions.
 */
import { appendFileSync } from "node:fs";
import { isMainThread, parentPort } from "node:worker_threads";

if (!isMainThread && parentPort && process.env.STEP_CLOCK) {
  const tell = parentPort.postMessage.bind(parentPort);
  parentPort.postMessage = (message, transfer) => {
    if (message?.kind === "report" && message.report.kind === "points") {
      const now = performance.timeOrigin + performance.now();
      const lines = message.report.points.map(({ sequence }) => `${sequence} ${now}\n`);
      appendFileSync(process.env.STEP_CLOCK, lines.join(""));
    }
    tell(message, transfer);
  };
}
