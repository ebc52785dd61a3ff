import { ArgsType, Field, Float, ID, InputType, Int, ObjectType } from "type-graphql";
import type { JobErrorCode } from "../../errors.js";
import type { JobKind, JobLane, JobStatus } from "../../vocabulary.js";
import { ForwardPageArguments } from "../arguments/page-arguments.js";
import { connectionType } from "../connection.js";
import { JobKindEnum, JobLaneEnum, JobStatusEnum } from "../enums.js";
import { Node } from "../node.js";
import { DateTime, JSONObject } from "../scalars.js";

@ObjectType({ description: "How far a job is.", simpleResolvers: true })
export class JobProgress {
  @Field({ description: "What it is doing, in a word or two." })
  phase!: string;

  @Field(() => Int, { description: "The steps that are done." })
  step!: number;

  @Field(() => Int, { description: "All its steps." })
  totalSteps!: number;

  @Field(() => Float, {
    description: "The share of its steps that are done: 0 where there are none, 1 when it has succeeded.",
  })
  fraction!: number;

  @Field(() => Float, { nullable: true, description: "Seconds until it is done, at the pace of the last 20 seconds." })
  etaSeconds!: number | null;

  @Field(() => Float, { nullable: true, description: "Tokens read a second, over the last 20 seconds." })
  tokensPerSecond!: number | null;
}

@ObjectType({
  description: "Why a job failed, or was cancelled because one that it waited for ended without a model.",
  simpleResolvers: true,
})
export class JobError {
  @Field(() => String, { description: "A code of the table in docs/errors.md." })
  code!: JobErrorCode;

  @Field({ description: "What went wrong, with the values." })
  message!: string;

  @Field(() => Int, { nullable: true, description: "The step at which it went wrong, where there is one." })
  step!: number | null;
}

@ObjectType({ description: "What a job's model said to a prompt at a step.", simpleResolvers: true })
export class JobSample {
  @Field(() => Int, { description: "The steps that were done." })
  step!: number;

  @Field({ description: "What it said." })
  text!: string;
}

@ObjectType({ description: "A point of a job's metric log.", simpleResolvers: true })
export class MetricPoint {
  @Field(() => Int, {
    description:
      "Its place in the log: from 1, without gaps, also over restarts. Pass the last one seen as afterSequence.",
  })
  sequence!: number;

  @Field({ description: "The metric; docs/metrics.md has the formula of each." })
  name!: string;

  @Field(() => Int, { description: "The steps that were done." })
  step!: number;

  @Field(() => Float, { nullable: true, description: "The value; null where it is no number." })
  value!: number | null;

  @Field(() => String, { nullable: true, description: "Why the value is null." })
  reason!: string | null;

  @Field(() => DateTime, { description: "When it was logged." })
  at!: Date;
}

@ObjectType({ description: "The points of one metric, in their order.", simpleResolvers: true })
export class MetricSeries {
  @Field({ description: "The metric." })
  name!: string;

  @Field({ description: "The unit of its values; 1 for a number without one." })
  unit!: string;

  @Field(() => [MetricPoint], {
    description: "Its points; a series longer than maxPoints is thinned, but its extremes and gaps are kept.",
  })
  points!: MetricPoint[];
}

@ObjectType({
  implements: Node,
  description:
    "Work in the background. It survives the process that runs it, and goes on from its last checkpoint, if it has one.",
  simpleResolvers: true,
})
export class Job extends Node {
  @Field(() => JobKindEnum, { description: "What it does." })
  kind!: JobKind;

  @Field(() => JobStatusEnum, { description: "Where it is between the queue and its end." })
  status!: JobStatus;

  @Field(() => JobLaneEnum, { description: "Which slots it takes: what is short never waits for trainings." })
  lane!: JobLane;

  @Field(() => Int, {
    nullable: true,
    description: "The revision of the dataset that it reads, fixed when it was made.",
  })
  datasetRevision!: number | null;

  @Field(() => String, {
    nullable: true,
    description: "The hash of all that it reads of the dataset; null until it ran.",
  })
  inputSha256!: string | null;

  @Field(() => Int, {
    description:
      "How often it was begun; going on after a lost process is not counted where it had stored a new checkpoint.",
  })
  attempts!: number;

  @Field(() => [String], { description: "What a person should know, such as texts that were cut." })
  warnings!: string[];

  @Field(() => JSONObject, {
    nullable: true,
    description:
      "What the bits of its results depend on: backend, SIMD variant, versions, a probe's hash. Null until it ran.",
  })
  environment!: Record<string, unknown> | null;

  @Field({ description: "The name of the key that made it." })
  createdBy!: string;

  @Field(() => DateTime, { description: "When it was made." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it first ran." })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it ended." })
  finishedAt!: Date | null;
}

export const JobConnection = connectionType<Job>("Job", () => Job);

@InputType({
  description: "Which jobs: all that is given must hold. An empty list matches none; null is as if not given.",
})
export class JobFilter {
  @Field(() => [JobKindEnum], { nullable: true, description: "Of one of these kinds." })
  kinds?: JobKind[] | null;

  @Field(() => [JobStatusEnum], { nullable: true, description: "With one of these statuses." })
  statuses?: JobStatus[] | null;

  @Field(() => [JobLaneEnum], { nullable: true, description: "Of one of these lanes." })
  lanes?: JobLane[] | null;

  @Field(() => ID, { nullable: true, description: "Of this dataset." })
  datasetId?: string | null;
}

@ArgsType()
export class JobListArguments extends ForwardPageArguments {
  @Field(() => JobFilter, { nullable: true, description: "Which jobs; all where not given." })
  filter?: JobFilter | null;
}

@ArgsType()
export class MetricSeriesArguments {
  @Field(() => [String], { nullable: true, description: "These metrics only." })
  names?: string[] | null;

  @Field(() => Int, { nullable: true, description: "From this step on." })
  fromStep?: number | null;

  @Field(() => Int, {
    defaultValue: 500,
    description: "How many points of each metric to read at most, 10 to 100,000.",
  })
  maxPoints!: number;
}

@ArgsType()
export class JobMetricsArguments {
  @Field(() => ID, { description: "The job." })
  jobId!: string;

  @Field(() => [String], { nullable: true, description: "These metrics only." })
  names?: string[] | null;

  @Field(() => Int, { defaultValue: 0, description: "The sequence of the last point seen; 0: from the first." })
  afterSequence!: number;
}

@ArgsType()
export class JobUpdatedArguments {
  @Field(() => ID, { nullable: true, description: "The job; all that the key may see where not given." })
  jobId?: string | null;
}
