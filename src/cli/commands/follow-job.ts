import { setTimeout as sleep } from "node:timers/promises";
import { type Client, NoAnswer } from "../server/client.js";
import { Disconnected, subscribe } from "../server/events.js";
import { leaveIfPipeBroke } from "../terminal/broken-pipe.js";
import { type FollowedJob, jobLine } from "../terminal/job-line.js";
import { drawLine, roomOf } from "../terminal/live-line.js";
import { print } from "../terminal/output.js";
import { type JobAnswer, readJob } from "./jobs.js";

/** How long after a broken stream the server is asked again, in milliseconds. */
const RECONNECT_MS = 1_000;

/** A line is redrawn this often on a terminal, and printed this often elsewhere, in milliseconds. */
const REDRAW_MS = 200;
const LINE_MS = 5_000;

const METRICS = `subscription ($id: ID!, $after: Int!) {
  jobMetrics(jobId: $id, afterSequence: $after) { sequence name step value reason at }
}`;

const UPDATES = `subscription ($id: ID!) {
  jobUpdated(jobId: $id) { kind status progress { phase step totalSteps fraction etaSeconds tokensPerSecond } }
}`;

interface Point {
  readonly sequence: number;
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
}

export interface FollowOptions {
  /** Print each point as a line of JSON instead of a bar. */
  readonly json?: boolean;
}

/**
 * Follows a job to its end: a live bar with a sparkline of the loss on a terminal, a plain line every five seconds
 * elsewhere. A server that goes away is asked again, from the last point seen on, so that none is missed or doubled; one that
 * was never there is a Refusal.
 */
export async function followJob(client: Client, id: string, { json = false }: FollowOptions): Promise<JobAnswer> {
  await readJob(client, id);
  const view = json ? null : new View();
  const updates = new AbortController();
  const watching = watch(client, id, view, updates.signal);
  try {
    for (let after = 0; ; ) {
      try {
        for await (const { jobMetrics } of subscribe<{ jobMetrics: Point[] }>(client, METRICS, { id, after })) {
          for (const point of jobMetrics) {
            after = point.sequence;
            if (json) print(JSON.stringify(point));
            else view?.take(point);
          }
        }
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
      }
      const job = await readJob(client, id).catch((error: unknown) => {
        if (error instanceof NoAnswer) return null;
        throw error;
      });
      if (job && !["QUEUED", "RUNNING"].includes(job.status)) {
        view?.end(job);
        return job;
      }
      await sleep(RECONNECT_MS);
    }
  } finally {
    updates.abort();
    await watching;
  }
}

/** Shows each change of a job's progress until it is told to stop. */
async function watch(client: Client, id: string, view: View | null, signal: AbortSignal): Promise<void> {
  while (view && !signal.aborted) {
    try {
      const updates = subscribe<{ jobUpdated: FollowedJob }>(client, UPDATES, { id }, signal);
      for await (const { jobUpdated } of updates) view.update(jobUpdated);
    } catch {
      // The stream of points says what is wrong; this one only draws.
    }
    // Told to stop, it ends with an error; either way it leaves no listener at the signal.
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {});
  }
}

/** A job on standard error. */
class View {
  private state: FollowedJob | null = null;
  private readonly latest = new Map<string, number>();
  private readonly losses: number[] = [];
  private shown = Number.NEGATIVE_INFINITY;

  take({ name, value }: Point): void {
    if (value === null) return;
    this.latest.set(name, value);
    if (name === "train/loss") this.losses.push(value);
    this.draw();
  }

  update(state: FollowedJob): void {
    this.state = state;
    this.draw();
  }

  end(state: FollowedJob): void {
    this.state = state;
    this.shown = Number.NEGATIVE_INFINITY;
    this.draw();
    if (process.stderr.isTTY) process.stderr.write("\n");
  }

  private draw(): void {
    const now = performance.now();
    if (!this.state || now - this.shown < (process.stderr.isTTY ? REDRAW_MS : LINE_MS)) return;
    this.shown = now;
    drawLine(process.stderr, jobLine(this.state, this.latest, this.losses, roomOf(process.stderr)), leaveIfPipeBroke);
  }
}
