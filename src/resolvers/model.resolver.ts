import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { EvaluationRecord } from "../entities/queries/jobs/evaluations.js";
import type { JobRecord } from "../entities/queries/jobs/jobs.js";
import type { ModelRecord } from "../entities/queries/models/models.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { EvaluationConnection } from "../schema/jobs/evaluation.js";
import { Job } from "../schema/jobs/job.js";
import { ModelConnection, ModelListArguments, ModelType } from "../schema/jobs/model.js";
import { globalId } from "../services/input/global-id.js";
import { jobOfModel, parentsOf } from "../services/jobs/job-facts.js";
import { evaluationsOfModel, listModels } from "../services/jobs/job-lists.js";
import type { Context } from "../services/request/context.js";
import type { Page } from "../services/request/page.js";

@Resolver(() => ModelType)
export class ModelResolver {
  @Query(() => ModelConnection, {
    description: "The models of the datasets that the key may see, and the imported ones, oldest first.",
  })
  models(
    @Args(() => ModelListArguments) args: ModelListArguments,
    @Ctx() context: Context,
  ): Promise<Page<ModelRecord>> {
    return listModels(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() model: ModelRecord): string {
    return globalId("Model", model.id);
  }

  @FieldResolver(() => [ModelType], {
    description: "The models that it was made from; deleted ones keep name and hash.",
  })
  parents(@Root() model: ModelRecord, @Ctx() context: Context): Promise<ModelRecord[]> {
    return parentsOf(context, model);
  }

  @FieldResolver(() => Job, { nullable: true, description: "The job that made it; null for an imported one." })
  job(@Root() model: ModelRecord, @Ctx() context: Context): Promise<JobRecord | null> {
    return jobOfModel(context, model);
  }

  @FieldResolver(() => EvaluationConnection, {
    description: "The evaluations of it on the datasets that the key may see, the latest first.",
  })
  evaluations(
    @Root() model: ModelRecord,
    @Args(() => ForwardPageArguments) args: ForwardPageArguments,
    @Ctx() context: Context,
  ): Promise<Page<EvaluationRecord>> {
    return evaluationsOfModel(context, model, args);
  }
}
