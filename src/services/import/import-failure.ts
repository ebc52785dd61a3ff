import { areConnectionsBusy, isConnectionLoss } from "../../entities/database/database.js";
import { AppError } from "../../errors.js";

const STORED = "What the counts say is stored; send the same file again to complete it.";

/** Why an import broke off, where it is the database's state and no fault of ours; null for everything else. */
export function databaseFailure(error: unknown): AppError | null {
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  if (code === "53100") return new AppError("UNAVAILABLE", `The disk of the database is full. ${STORED}`);
  if (code === "53200" || code === "53300" || code === "53400") {
    return new AppError("UNAVAILABLE", `The database has no room for more work at the moment. ${STORED}`);
  }
  if (areConnectionsBusy(error)) return new AppError("UNAVAILABLE", `${error.message} at the moment. ${STORED}`);
  if (isConnectionLoss(error)) {
    return new AppError("UNAVAILABLE", `The database cannot be reached at the moment. ${STORED}`);
  }
  return null;
}
