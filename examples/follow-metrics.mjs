/**
 * Follows the metrics of a job from Node, over a WebSocket, to its end, and prints each point as a line of JSON.
 * Whatever breaks in between, none is missed and none comes twice: after each reconnection the subscription goes on
 * after the last sequence that was seen.
 *
 *   ACCORD_API_KEY=accord_… node examples/follow-metrics.mjs JOB [AFTER]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const url = (process.env.ACCORD_URL ?? "http://127.0.0.1:4000").replace(/^http/, "ws");
const [jobId, after = "0"] = process.argv.slice(2);
if (!jobId || !process.env.ACCORD_API_KEY) {
  console.error("Usage: ACCORD_API_KEY=accord_… node examples/follow-metrics.mjs JOB [AFTER]");
  process.exit(2);
}

const query = `subscription ($jobId: ID!, $afterSequence: Int!) {
  jobMetrics(jobId: $jobId, afterSequence: $afterSequence) { sequence name step value reason at }
}`;

/** Close codes after which coming back is of no use: no key, or one that is unknown, expired or revoked. */
const UNAUTHORIZED = 4401;

for (let afterSequence = Number(after), completed = false; !completed; ) {
  const client = createClient({
    url: `${url}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${process.env.ACCORD_API_KEY}` },
    retryAttempts: 0,
  });
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { jobId, afterSequence } })) {
      if (errors) throw errors;
      for (const point of data.jobMetrics) {
        console.log(JSON.stringify(point));
        afterSequence = point.sequence;
      }
    }
    completed = true;
  } catch (error) {
    // An answer of the API (an array of errors) or a refused key is final; a lost connection is not.
    if (Array.isArray(error) || error?.code === UNAUTHORIZED) {
      console.error(Array.isArray(error) ? error[0].message : error.reason);
      process.exit(1);
    }
    console.error(`The connection was lost after point ${afterSequence}; coming back.`);
    await sleep(1000);
  } finally {
    await client.dispose();
  }
}
