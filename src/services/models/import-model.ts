import { existsSync, statSync } from "node:fs";
import { checkText } from "../../datasets/records/names.js";
import { isNameTaken } from "../../entities/queries/jobs/job-writes.js";
import { insertModel, lockModelFile } from "../../entities/queries/models/model-writes.js";
import { AppError, badInput, conflict } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import type { TokenizerKind } from "../../vocabulary.js";
import { requireRole } from "../access/visibility.js";
import { removeUnusedModelFile } from "../files/model-files.js";
import { globalId } from "../input/global-id.js";
import { LONGEST } from "../input/input-rules.js";
import { checkName, prepared } from "../jobs/queue-job.js";
import type { Context } from "../request/context.js";
import { audit } from "../writes/audit.js";
import { type Change, runChange } from "../writes/run-change.js";
import { type ConvertedModel, convertFolder } from "./convert-model.js";

export interface ImportModel {
  readonly name: string;
  readonly folder: string;
  readonly idempotencyKey?: string | null;
}

const MUTATION = "importModel";
/** No job makes an imported model: no name is its own. */
const NO_JOB = "0";

/**
 * Imports a GPT-2 in Hugging Face's layout from a folder below DATA_DIR/incoming, as a model of stage IMPORTED, or
 * REWARD where it is a classifier of one label. ADMIN.
 * Refused: a folder that is no plain name or not there, a name that another model has or will have (CONFLICT), and a model
 * that cannot be read (UNPROCESSABLE, with what is wrong).
 * @returns the model's number
 */
export function importModel(context: Context, input: ImportModel): Promise<string> {
  requireRole(context.viewer, "ADMIN");
  checkFolder(input.folder);
  return importFolder(context, input, () => existing(context.directory, input.folder));
}

/** The same from any folder; `place` refuses one that is not there. */
export async function importFolder(
  context: Context,
  input: { readonly name: string; readonly idempotencyKey?: string | null },
  place: () => string,
): Promise<string> {
  const { directory, config } = context;
  const check = () => checkName(input.name, "input.name");
  check();
  const made = await prepared(async () => {
    const folder = place();
    return convertFolder({ folder, modelFolder: directory.models(), memoryBytes: config.JOB_MEMORY_BYTES });
  });
  try {
    return await runChange(context, { mutation: MUTATION, input, check }, (change) =>
      store(change, directory, input.name, made()),
    );
  } finally {
    // Where nothing was stored, or the same was imported before, the file is another's or nobody's.
    await removeLeftover(context, made);
  }
}

async function store(
  { connection, manager, viewer }: Change,
  directory: DataDirectory,
  name: string,
  model: ConvertedModel,
): Promise<string> {
  await lockModelFile(connection, model.sha256);
  if (!existsSync(directory.model(model.sha256)))
    throw conflict(
      "Another import of the same model was taken back at the same moment; nothing was changed. Try again.",
    );
  if (await isNameTaken(connection, name, NO_JOB)) {
    throw conflict(`The name ${JSON.stringify(name)} belongs to another model, or to a job that may still make it.`);
  }
  const { sha256, bytes, architecture, parameterCount, stage, notes } = model;
  const tokenizer = architecture.tokenizer as TokenizerKind;
  const facts = { name, stage, architecture, tokenizer, parameterCount, sha256, bytes };
  const id = await insertModel(connection, {
    ...facts,
    jobId: null,
    datasetId: null,
    parentIds: [],
    importNotes: notes,
  });
  await audit(manager, viewer, {
    action: MUTATION,
    subject: globalId("Model", id),
    datasetId: null,
    after: { name, stage, sha256 },
  });
  return id;
}

async function removeLeftover({ database, directory }: Context, made: () => ConvertedModel): Promise<void> {
  let sha256: string;
  try {
    ({ sha256 } = made());
  } catch {
    return;
  }
  await removeUnusedModelFile(database, directory, sha256);
}

/** Folders with a dot before their name are uploads at work. */
function checkFolder(folder: string): void {
  checkText(folder, "input.folder", 1, LONGEST.name);
  if (/[/\\\0]/.test(folder) || folder.startsWith("."))
    throw badInput("input.folder must be the plain name of a folder below DATA_DIR/incoming.", "input.folder");
}

function existing(directory: DataDirectory, folder: string): string {
  const place = directory.incoming(folder);
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new AppError(
      "UNPROCESSABLE",
      `There is no folder ${JSON.stringify(folder)} below DATA_DIR/incoming.`,
      "input.folder",
    );
  return place;
}
