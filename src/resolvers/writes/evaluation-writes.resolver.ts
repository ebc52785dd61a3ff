import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { EvaluationRecord } from "../../entities/queries/jobs/evaluations.js";
import type { JobRecord } from "../../entities/queries/jobs/jobs.js";
import { EvaluationInputType, ScoreInput } from "../../schema/inputs/evaluation-inputs.js";
import { Evaluation } from "../../schema/jobs/evaluation.js";
import { Job } from "../../schema/jobs/job.js";
import { evaluationOfJob } from "../../services/jobs/job-facts.js";
import { runEvaluation } from "../../services/jobs/start/start-evaluation.js";
import { scoreCompletions } from "../../services/jobs/start/start-scoring.js";
import { changedThing } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";

@Resolver()
export class EvaluationWritesResolver {
  @Mutation(() => Evaluation, {
    description:
      "Queues an evaluation of a model or of the completions of a source, measured by models. ADMIN, and CLIENT in its datasets.",
  })
  async runEvaluation(
    @Arg("input", () => EvaluationInputType, { description: "What is evaluated, on what, and by which metrics." })
    input: EvaluationInputType,
    @Ctx() context: Context,
  ): Promise<EvaluationRecord> {
    const load = (id: string): Promise<EvaluationRecord | null> => evaluationOfJob(context, { id });
    return changedThing(context.loaders, { load }, await runEvaluation(context, input));
  }

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
