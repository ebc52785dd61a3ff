import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { EvaluationRecord } from "../entities/queries/jobs/evaluations.js";
import type { JobRecord } from "../entities/queries/jobs/jobs.js";
import { Evaluation, EvaluationConnection, EvaluationListArguments } from "../schema/jobs/evaluation.js";
import { Job } from "../schema/jobs/job.js";
import { globalId } from "../services/input/global-id.js";
import { listEvaluations } from "../services/jobs/job-lists.js";
import type { Context } from "../services/request/context.js";
import type { Page } from "../services/request/page.js";

@Resolver(() => Evaluation)
export class EvaluationResolver {
  @Query(() => EvaluationConnection, {
    description: "The evaluations on the datasets that the key may see, the latest first.",
  })
  evaluations(
    @Args(() => EvaluationListArguments) args: EvaluationListArguments,
    @Ctx() context: Context,
  ): Promise<Page<EvaluationRecord>> {
    return listEvaluations(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() evaluation: EvaluationRecord): string {
    return globalId("Evaluation", evaluation.id);
  }

  @FieldResolver(() => Job, { description: "The job that does the work: how far it is, and how it ended." })
  job(@Root() evaluation: EvaluationRecord, @Ctx() { loaders }: Context): Promise<JobRecord | null> {
    return loaders.job.load(evaluation.jobId);
  }
}
