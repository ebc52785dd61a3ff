import { LATEST_REVISION } from "../../entities/database/database.js";
import { badInput } from "../../errors.js";
import {
  maySeeDataset,
  maySeeEverything,
  maySeeInstructions,
  maySeeLabeler,
  maySeeModel,
  maySeeOfDataset,
} from "../access/visibility.js";
import { type NodeType, parseGlobalId } from "../input/global-id.js";
import type { Context } from "./context.js";

type Reader = Pick<Context, "loaders" | "viewer">;

/** Any object of the API, with the name of its type. */
export interface FoundNode {
  readonly id: string;
  readonly nodeType: NodeType;
}

/** The most ids that one request may name. */
const MOST_NODES = 100;

/**
 * The object behind a global id as it is now, or null where there is none or the viewer may not see it; removed and
 * superseded records are found too. Refused: what is no id.
 */
export async function findNode(reader: Reader, id: string, field = "id"): Promise<FoundNode | null> {
  const named = parseGlobalId(id);
  if (!named) throw badInput(`${field} is ${JSON.stringify(id.slice(0, 80))}, which is no id.`, field);
  const row = await READERS[named.type](reader, named.id);
  return row && { ...row, nodeType: named.type };
}

/** The objects behind several ids, in their order. Refused: more than 100. */
export async function findNodes(reader: Reader, ids: readonly string[]): Promise<(FoundNode | null)[]> {
  if (ids.length > MOST_NODES) throw badInput(`ids holds ${ids.length} ids; it may hold ${MOST_NODES}.`, "ids");
  return Promise.all(ids.map((id, index) => findNode(reader, id, `ids.${index}`)));
}

const now = (id: string) => ({ id, asOf: LATEST_REVISION });

/** A record of a dataset, where the viewer may see that dataset. */
const ofDataset =
  <Row extends { readonly id: string; readonly datasetId: string }>(
    load: (reader: Reader, id: string) => Promise<Row | null>,
  ) =>
  async (reader: Reader, id: string): Promise<Row | null> => {
    const row = await load(reader, id);
    return row && maySeeDataset(reader.viewer, row.datasetId) ? row : null;
  };

const READERS: Record<NodeType, (reader: Reader, id: string) => Promise<{ readonly id: string } | null>> = {
  Dataset: async ({ loaders, viewer }, id) => (maySeeDataset(viewer, id) ? loaders.dataset.load(id) : null),
  Prompt: ofDataset(({ loaders }, id) => loaders.prompt.load(now(id))),
  Demonstration: ofDataset(({ loaders }, id) => loaders.demonstration.load(now(id))),
  Completion: ofDataset(({ loaders }, id) => loaders.completion.load(now(id))),
  Ranking: ofDataset(({ loaders }, id) => loaders.ranking.load(now(id))),
  Assessment: ofDataset(({ loaders }, id) => loaders.assessment.load(now(id))),
  async Labeler({ loaders, viewer }, id) {
    const memberOf = viewer.role === "CLIENT" ? await loaders.membershipsOfLabeler.load(id) : [];
    return maySeeLabeler(viewer, id, memberOf) ? loaders.labeler.load({ ...now(id), datasetId: null }) : null;
  },
  async InstructionVersion({ loaders, viewer }, id) {
    const version = await loaders.instructionVersion.load(id);
    if (!version) return null;
    const memberOf = viewer.labelerId === null ? [] : await loaders.membershipsOfLabeler.load(viewer.labelerId);
    return maySeeInstructions(viewer, version.datasetId, memberOf) ? version : null;
  },
  ApiKey: async ({ loaders, viewer }, id) => (viewer.role === "ADMIN" ? loaders.apiKey.load(id) : null),
  Job: async ({ loaders, viewer }, id) => {
    const job = await loaders.job.load(id);
    return job && maySeeOfDataset(viewer, job.datasetId) ? job : null;
  },
  async Checkpoint({ loaders, viewer }, id) {
    const checkpoint = await loaders.checkpoint.load(id);
    const job = checkpoint && (await loaders.job.load(checkpoint.jobId));
    return job && maySeeOfDataset(viewer, job.datasetId) ? checkpoint : null;
  },
  Model: async ({ loaders, viewer }, id) => {
    const model = await loaders.model.load(id);
    return model && maySeeModel(viewer, model) ? model : null;
  },
  Evaluation: async ({ loaders, viewer }, id) => {
    const evaluation = await loaders.evaluation.load(id);
    return evaluation && maySeeOfDataset(viewer, evaluation.datasetId) ? evaluation : null;
  },
  AuditEntry: async ({ loaders, viewer }, id) => (maySeeEverything(viewer) ? loaders.auditEntry.load(id) : null),
};
