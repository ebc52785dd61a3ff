import { Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { EvaluationRecord } from "../entities/queries/jobs/evaluations.js";
import type { CheckpointRecord, JobRecord } from "../entities/queries/jobs/jobs.js";
import type { ModelRecord } from "../entities/queries/models/models.js";
import type { PromptRecord } from "../entities/queries/prompts/prompts.js";
import { Dataset } from "../schema/dataset.js";
import { Evaluation } from "../schema/jobs/evaluation.js";
import {
  Job,
  JobConnection,
  JobError,
  JobListArguments,
  JobProgress,
  JobSample,
  MetricSeries,
  MetricSeriesArguments,
} from "../schema/jobs/job.js";
import { CheckpointType, ModelType } from "../schema/jobs/model.js";
import { Prompt } from "../schema/prompt.js";
import { DateTime, JSONObject } from "../schema/scalars.js";
import { globalId } from "../services/input/global-id.js";
import {
  cancelledWith,
  datasetOf,
  evaluationOfJob,
  fractionOf,
  modelOfJob,
  predecessorsOf,
  promptOfSample,
  queueStateOf,
  type SampleOfJob,
  samplesOf,
} from "../services/jobs/job-facts.js";
import { listJobs } from "../services/jobs/job-lists.js";
import { type Series, seriesOfJob } from "../services/jobs/job-metrics.js";
import { configOf, errorOf, queueReasonOf } from "../services/jobs/job-names.js";
import type { Context } from "../services/request/context.js";
import type { Page } from "../services/request/page.js";

@Resolver(() => Job)
export class JobResolver {
  @Query(() => JobConnection, { description: "The jobs of the datasets that the key may see, the latest first." })
  jobs(@Args(() => JobListArguments) args: JobListArguments, @Ctx() context: Context): Promise<Page<JobRecord>> {
    return listJobs(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() job: JobRecord): string {
    return globalId("Job", job.id);
  }

  @FieldResolver(() => Dataset, {
    nullable: true,
    description: "The dataset that it reads; null when that was deleted.",
  })
  dataset(@Root() job: JobRecord, @Ctx() context: Context): Promise<DatasetRecord | null> {
    return datasetOf(context, job);
  }

  @FieldResolver(() => JSONObject, {
    description:
      "All its settings, each default written out; reasons says where each came from. The id of what the key may not see is null.",
  })
  config(@Root() job: JobRecord, @Ctx() context: Context): Promise<Record<string, unknown>> {
    return configOf(context, job);
  }

  @FieldResolver(() => JobError, {
    nullable: true,
    description: "Why it failed, or the failure after which it is tried again.",
  })
  error(@Root() job: JobRecord, @Ctx() context: Context): Promise<JobRecord["error"]> {
    return errorOf(context, job);
  }

  @FieldResolver(() => [Job], { description: "The jobs that it waits for and whose models it takes." })
  dependsOn(@Root() job: JobRecord, @Ctx() context: Context): Promise<JobRecord[]> {
    return predecessorsOf(context, job);
  }

  @FieldResolver(() => [Job], {
    description:
      "The jobs that were cancelled together with it when it last ended, because they waited for it, directly or through others, and that are cancelled still. Jobs that the key may not see are left out. withDependents of retryJob takes more: all jobs that are cancelled because of it, whenever that was.",
  })
  cancelledWith(@Root() job: JobRecord, @Ctx() context: Context): Promise<JobRecord[]> {
    return cancelledWith(context, job);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      "Its place in the queue of its lane, from 1, in the order in which jobs were queued; null where it is not queued. Jobs of datasets that the key may not see count, too. A job that waits for another is passed by those behind it.",
  })
  async queuePosition(@Root() job: JobRecord, @Ctx() context: Context): Promise<number | null> {
    return (await queueStateOf(context, job))?.position ?? null;
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "When it will begin, if each running job takes as long as it says, and each step of a queued job as long as the median of the last 20 jobs of its kind. Null where it is not queued, or where that is not known.",
  })
  async estimatedStart(@Root() job: JobRecord, @Ctx() context: Context): Promise<Date | null> {
    return (await queueStateOf(context, job))?.estimatedStart ?? null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "Why it has not begun, in a sentence that names only jobs that the key may see; null where it is not queued.",
  })
  async queueReason(@Root() job: JobRecord, @Ctx() context: Context): Promise<string | null> {
    return queueReasonOf(context, job, await queueStateOf(context, job));
  }

  @FieldResolver(() => ModelType, { nullable: true, description: "The model that it made." })
  model(@Root() job: JobRecord, @Ctx() context: Context): Promise<ModelRecord | null> {
    return modelOfJob(context, job);
  }

  @FieldResolver(() => Evaluation, { nullable: true, description: "The evaluation that it carries out." })
  evaluation(@Root() job: JobRecord, @Ctx() context: Context): Promise<EvaluationRecord | null> {
    return evaluationOfJob(context, job);
  }

  @FieldResolver(() => JobProgress, { description: "How far it is." })
  progress(@Root() job: JobRecord): JobProgress {
    return { ...job.progress, fraction: fractionOf(job) };
  }

  @FieldResolver(() => [JobSample], {
    description: "What the model says to three VALIDATION prompts, at step 0 and at every evaluation.",
  })
  samples(@Root() job: JobRecord, @Ctx() context: Context): Promise<SampleOfJob[]> {
    return samplesOf(context, job);
  }

  @FieldResolver(() => [CheckpointType], { description: "The states that it can go on from, the oldest first." })
  checkpoints(@Root() job: JobRecord, @Ctx() { loaders }: Context): Promise<readonly CheckpointRecord[]> {
    return loaders.checkpointsOfJob.load(job.id);
  }

  @FieldResolver(() => [MetricSeries], { description: "What it has logged, a series for each metric." })
  metrics(
    @Root() job: JobRecord,
    @Args(() => MetricSeriesArguments) args: MetricSeriesArguments,
    @Ctx() context: Context,
  ): Promise<Series[]> {
    return seriesOfJob(context, job, args);
  }
}

@Resolver(() => JobSample)
export class JobSampleResolver {
  @FieldResolver(() => Prompt, { description: "The prompt." })
  prompt(@Root() sample: SampleOfJob, @Ctx() context: Context): Promise<PromptRecord | null> {
    return promptOfSample(context, sample);
  }
}

@Resolver(() => CheckpointType)
export class CheckpointResolver {
  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() checkpoint: CheckpointRecord): string {
    return globalId("Checkpoint", checkpoint.id);
  }
}
