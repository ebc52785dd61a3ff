import { Repeater } from "@graphql-yoga/subscription";
import { datasetsById } from "../../entities/queries/datasets/datasets.js";
import { keyNow } from "../../entities/queries/keys/viewer-of-key.js";
import { AppError, notFound } from "../../errors.js";
import { maySeeDataset, requireDataset } from "../access/visibility.js";
import { Signal, signalEach } from "../feeds/signal.js";
import { localId } from "../input/global-id.js";
import type { Context } from "../request/context.js";

/** A dataset has changed; or, the last event, it can be watched no longer. */
export type DatasetEvent = { readonly datasetId: string } | { readonly error: unknown };

type Watcher = Pick<Context, "viewer" | "database" | "notifications">;

/** Events of one subscription are at least this far apart, in milliseconds. */
const EVENT_INTERVAL_MS = 1000;

/**
 * Watches a dataset: an event for each change, at most one a second; changes in between are told by one event at the end of
 * the second, so the last is never lost. At each event the key and the dataset's visibility are checked anew; where either is
 * gone the error is the last event. Refused: a dataset that is not there or hidden.
 */
export async function watchDataset(watcher: Watcher, id: string): Promise<AsyncIterable<DatasetEvent>> {
  const datasetId = localId("Dataset", id, "datasetId");
  requireDataset(watcher.viewer, datasetId);
  let seen = await revisionOf(watcher, datasetId);
  return new Repeater<DatasetEvent>(async (push, stop) => {
    const signal = new Signal();
    const { topics } = watcher.notifications;
    const sources = [topics.subscribe("datasetChanged", datasetId), topics.subscribe("mayHaveMissed")];
    void stop.then(() => {
      signal.close();
      for (const source of sources) source.return();
    });
    for (const source of sources) void signalEach(source, signal);
    // What changed between the first look and listening is told too.
    signal.give();
    let last = Number.NEGATIVE_INFINITY;
    while (await signal.given()) {
      if (!(await signal.pause(last + EVENT_INTERVAL_MS - performance.now()))) break;
      signal.reset();
      const revision = await revisionOf(watcher, datasetId).catch((error: unknown) => ({ error }));
      if (revision === seen) continue;
      last = performance.now();
      if (typeof revision === "number") {
        seen = revision;
        await push({ datasetId });
      } else {
        await push(revision);
        if (revision.error instanceof AppError) break;
      }
    }
    stop();
  });
}

/** The dataset's revision, after a look at the key and at what it may see. */
async function revisionOf({ viewer, database }: Watcher, datasetId: string): Promise<number> {
  const key = await keyNow(database, viewer.keyId);
  if (!key) throw new AppError("UNAUTHENTICATED", "The API key is expired or revoked.");
  const now = { ...viewer, role: key.role, datasetIds: viewer.datasetIds === null ? null : key.datasetIds };
  const [dataset] = await datasetsById(database, [datasetId]);
  if (!dataset || !maySeeDataset(now, datasetId)) throw notFound("The dataset");
  return dataset.revision;
}
