import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { JobRecord } from "../entities/queries/jobs.js";
import { ScoreInput } from "../schema/inputs/evaluation-inputs.js";
import { Job } from "../schema/job.js";
import { changedThing } from "../services/changed-rows.js";
import type { Context } from "../services/context.js";
import { scoreCompletions } from "../services/start-scoring.js";

@Resolver()
export class EvaluationWritesResolver {
  @Mutation(() => Job, {
    description:
      "Queues a reward model's scores of completions, stored as they come. ADMIN, and CLIENT in its datasets.",
  })
  async scoreCompletions(
    @Arg("input", () => ScoreInput, { description: "Which model scores which completions." }) input: ScoreInput,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await scoreCompletions(context, input));
  }
}
