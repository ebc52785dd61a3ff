import { show } from "../../datasets/text/code-points.js";
import { AppError, notFound } from "../../errors.js";
import type { Role } from "../../vocabulary.js";
import type { Viewer } from "./viewer.js";

/**
 * The one rule of who sees what; every path asks it: node, nodes, connections, aggregates, subscriptions, export, HTTP.
 *
 * ADMIN and ANALYST see every dataset; CLIENT the datasets it is granted; LABELER none: of the labels and the people
 * behind them a LABELER sees the own ones only, and the instructions of the datasets it works for.
 * What is hidden is answered exactly as if it did not exist.
 */
export function maySeeDataset(viewer: Viewer, datasetId: string): boolean {
  if (viewer.role === "LABELER") return false;
  return viewer.datasetIds === null || viewer.datasetIds.includes(datasetId);
}

/** The datasets a viewer may see, as a list for SQL: null stands for all of them. */
export function visibleDatasetIds(viewer: Viewer): readonly string[] | null {
  return viewer.role === "LABELER" ? [] : viewer.datasetIds;
}

/** Whether a viewer sees every labeler, API-wide lists and the audit log. */
export function maySeeEverything(viewer: Viewer): boolean {
  return viewer.role === "ADMIN" || viewer.role === "ANALYST";
}

/**
 * Whether a viewer may see a labeler who is a member of these datasets: everybody's own, a CLIENT the members of its
 * datasets.
 */
export function maySeeLabeler(viewer: Viewer, labelerId: string, memberOf: readonly string[]): boolean {
  if (viewer.role === "LABELER") return viewer.labelerId === labelerId;
  return maySeeEverything(viewer) || memberOf.some((datasetId) => maySeeDataset(viewer, datasetId));
}

/** Whether a viewer, a member of these datasets, may read a dataset's instructions: a LABELER those it works under. */
export function maySeeInstructions(viewer: Viewer, datasetId: string, memberOf: readonly string[]): boolean {
  if (viewer.role !== "LABELER") return maySeeDataset(viewer, datasetId);
  return memberOf.includes(datasetId) || (viewer.datasetIds?.includes(datasetId) ?? false);
}

/** The datasets over which a labeler's work is counted for a viewer: those it may see, a LABELER's own work all. */
export function countedDatasetIds(viewer: Viewer, labelerId: string): readonly string[] | null {
  return viewer.role === "LABELER" && viewer.labelerId === labelerId ? null : visibleDatasetIds(viewer);
}

/** Whether a viewer may see what belongs to a dataset, such as a job; of a dataset that is no more, whoever sees everything. */
export function maySeeOfDataset(viewer: Viewer, datasetId: string | null): boolean {
  return datasetId === null ? maySeeEverything(viewer) : maySeeDataset(viewer, datasetId);
}

/** Whether a viewer may see a model: one of a dataset that it may see, or an imported one. */
export function maySeeModel(
  viewer: Viewer,
  { datasetId, importNotes }: { readonly datasetId: string | null; readonly importNotes: readonly string[] | null },
): boolean {
  return (importNotes !== null && viewer.role !== "LABELER") || maySeeOfDataset(viewer, datasetId);
}

/** Refuses, as if it did not exist, a dataset that the viewer may not see. slug: by what it was asked for, which is then told. */
export function requireDataset(
  viewer: Viewer,
  datasetId: string | null | undefined,
  slug?: string,
): asserts datasetId is string {
  if (datasetId != null && maySeeDataset(viewer, datasetId)) return;
  throw notFound(slug === undefined ? "The dataset" : `The dataset ${show(slug)}`);
}

/** Refuses a viewer whose role is not among those that may do this. */
export function requireRole(viewer: Viewer, ...roles: readonly Role[]): void {
  if (!roles.includes(viewer.role)) {
    throw new AppError("FORBIDDEN", `This needs the role ${roles.join(" or ")}; this key has the role ${viewer.role}.`);
  }
}
