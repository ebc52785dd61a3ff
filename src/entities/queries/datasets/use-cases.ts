import type { UseCase } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { inForce } from "../sql.js";

/** How many prompts have a use case. */
export interface UseCaseCount {
  readonly useCase: UseCase | null;
  readonly prompts: number;
}

/** How many of a dataset's prompts have each use case as of a revision? Reads the dataset's prompt_state, in parallel. */
const USE_CASES: Statement = {
  name: "use-cases",
  text: `select s.use_case as "useCase", count(*)::integer as prompts from prompt_state s
    where s.dataset_id = $1 and ${inForce("s", "$2")} group by s.use_case`,
};

export const countsByUseCase = (database: Database, datasetId: string, asOf: number): Promise<UseCaseCount[]> =>
  database.rows<UseCaseCount>(USE_CASES, [datasetId, asOf]);
