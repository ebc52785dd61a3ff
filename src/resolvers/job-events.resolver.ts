import { Args, Ctx, Resolver, Root, Subscription } from "type-graphql";
import type { JobRecord } from "../entities/queries/jobs/jobs.js";
import type { MetricPointRecord } from "../entities/queries/jobs/metric-points.js";
import { Job, JobMetricsArguments, JobUpdatedArguments, MetricPoint } from "../schema/jobs/job.js";
import { watchJobMetrics } from "../services/jobs/watch-job-metrics.js";
import { type JobEvent, watchJobs } from "../services/jobs/watch-jobs.js";
import { changedThing } from "../services/request/changed-rows.js";
import type { Context } from "../services/request/context.js";

@Resolver()
export class JobEventsResolver {
  @Subscription(() => [MetricPoint], {
    description:
      "The points of a job's log in batches: first those after the cursor, then each as it comes; it completes when the job ends.",
    subscribe: ({ args, context }: { args: JobMetricsArguments; context: Context }) =>
      watchJobMetrics(context, args) as never,
  })
  jobMetrics(
    @Args(() => JobMetricsArguments) _args: JobMetricsArguments,
    @Root() points: readonly MetricPointRecord[],
  ): readonly MetricPointRecord[] {
    return points;
  }

  @Subscription(() => Job, {
    description:
      "A job after each change of its status or progress, at most twice a second; the last change is always told. With jobId the present state comes first, and the subscription completes when the job ends: at once where it has ended already.",
    subscribe: ({ args, context }: { args: JobUpdatedArguments; context: Context }) =>
      watchJobs(context, args.jobId ?? null) as never,
  })
  jobUpdated(
    @Args(() => JobUpdatedArguments) _args: JobUpdatedArguments,
    @Root() event: JobEvent,
    @Ctx() { loaders }: Context,
  ): Promise<JobRecord> {
    if ("error" in event) throw event.error;
    return changedThing(loaders, loaders.job, event.jobId);
  }
}
