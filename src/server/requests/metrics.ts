import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Database } from "../../entities/database/database.js";

/** Bounds of the duration histograms, in seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What the server counts of itself, for Prometheus; docs/operations.md lists the names. */
export interface Metrics {
  readonly registry: Registry;
  /** Durations of HTTP requests by method, route and status. */
  readonly httpSeconds: Histogram<"method" | "route" | "status">;
  /** Durations of GraphQL operations by kind (query, mutation, subscription, none) and outcome (OK or an error's code). */
  readonly operationSeconds: Histogram<"kind" | "outcome">;
  /** Lines of imported files by outcome: accepted, rejected, duplicate. */
  readonly importLines: Counter<"outcome">;
  /** Clients that were cut off or refused by a bound: what (waiting_bytes, sockets, operations), of a key or of all. */
  readonly cutOff: Counter<"what" | "bound">;
}

/** What is in use for all, and for the key that uses most. */
interface Use {
  readonly all: number;
  readonly key: number;
}

/**
 * The metrics of one server.
 * @param use what counts against the bounds of docs/operations.md, asked when the metrics are read
 * @param streams how many WebSockets and streams of events are open, asked when the metrics are read
 */
export function createMetrics(
  database: Database,
  streams: () => { websocket: number; sse: number },
  use: {
    readonly waitingBytes: () => Use;
    readonly sockets: () => Use;
    readonly operations: () => { readonly running: Use; readonly waiting: Use };
  },
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "accord_open_streams",
    help: "Open WebSockets and streams of server-sent events.",
    labelNames: ["transport"],
    registers,
    collect() {
      for (const [transport, count] of Object.entries(streams())) this.set({ transport }, count);
    },
  });
  new Gauge({
    name: "accord_database_connections",
    help: "The connections of the database pool: total, idle, and requests waiting for one.",
    labelNames: ["state"],
    registers,
    collect() {
      for (const [state, count] of Object.entries(database.poolUse)) this.set({ state }, count);
    },
  });
  for (const [name, help, ask] of [
    ["accord_waiting_bytes", "Bytes held for clients: of all, and of the key with most.", use.waitingBytes],
    ["accord_open_sockets", "Open WebSockets: of all, and of the key with most.", use.sockets],
    [
      "accord_running_operations",
      "GraphQL operations that run: of all, and of the key with most.",
      () => use.operations().running,
    ],
    ["accord_waiting_operations", "Those that wait for others of their key.", () => use.operations().waiting],
  ] as const) {
    new Gauge({
      name,
      help,
      labelNames: ["of"],
      registers,
      collect() {
        for (const [of, count] of Object.entries(ask())) this.set({ of }, count);
      },
    });
  }
  return {
    registry,
    httpSeconds: new Histogram({
      name: "accord_http_request_duration_seconds",
      help: "Durations of HTTP requests.",
      labelNames: ["method", "route", "status"],
      buckets: SECONDS,
      registers,
    }),
    operationSeconds: new Histogram({
      name: "accord_graphql_operation_duration_seconds",
      help: "Durations of GraphQL operations; a subscription is counted when it ends.",
      labelNames: ["kind", "outcome"],
      buckets: SECONDS,
      registers,
    }),
    cutOff: new Counter({
      name: "accord_cut_off_total",
      help: "Clients cut off or refused by a bound on what is held for them.",
      labelNames: ["what", "bound"],
      registers,
    }),
    importLines: new Counter({
      name: "accord_import_lines_total",
      help: "Lines of imported files.",
      labelNames: ["outcome"],
      registers,
    }),
  };
}
