import { Arg, Args, Ctx, Mutation, Resolver } from "type-graphql";
import type { JobRecord } from "../../entities/queries/jobs/jobs.js";
import { DeletedPayload } from "../../schema/deleted-payload.js";
import { GenerateInput, JobIdArguments, RetryJobArguments } from "../../schema/inputs/job-inputs.js";
import { Job } from "../../schema/jobs/job.js";
import { deleteJob } from "../../services/jobs/delete-job.js";
import { cancelJob, retryJob } from "../../services/jobs/end-job.js";
import { generate } from "../../services/jobs/start/start-generation.js";
import { changedThing } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";

@Resolver()
export class JobWritesResolver {
  @Mutation(() => Job, {
    description:
      "Queues completions of a model for prompts of a dataset, stored under its name. ADMIN, and CLIENT in its datasets.",
  })
  async generate(
    @Arg("input", () => GenerateInput, { description: "Which model answers which prompts, and how." })
    input: GenerateInput,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await generate(context, input));
  }

  @Mutation(() => Job, {
    description:
      "Cancels a job in whatever state it is; what waits for it is cancelled too, and told in cancelledWith. ADMIN, and CLIENT in its datasets.",
  })
  async cancelJob(@Args(() => JobIdArguments) { id }: JobIdArguments, @Ctx() context: Context): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await cancelJob(context, id));
  }

  @Mutation(() => Job, {
    description:
      "Puts a failed or cancelled job back into the queue, behind all others, to go on from its last checkpoint, if it has one. ADMIN, and CLIENT in its datasets.",
  })
  async retryJob(
    @Args(() => RetryJobArguments) { id, ...options }: RetryJobArguments,
    @Ctx() context: Context,
  ): Promise<JobRecord> {
    return changedThing(context.loaders, context.loaders.job, await retryJob(context, id, options));
  }

  @Mutation(() => DeletedPayload, {
    description:
      "Deletes a job that has ended, with its log, samples, checkpoints and evaluation; completions and scores that it stored stay. Refused while it is queued or runs (cancel it first), while its model is there, and while a job that may be retried takes its model. ADMIN.",
  })
  async deleteJob(
    @Args(() => JobIdArguments) { id }: JobIdArguments,
    @Ctx() context: Context,
  ): Promise<DeletedPayload> {
    return { deletedId: await deleteJob(context, id) };
  }
}
