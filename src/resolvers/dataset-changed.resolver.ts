import { Args, Ctx, Resolver, Root, Subscription } from "type-graphql";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import { Dataset } from "../schema/dataset.js";
import { DatasetChangedArguments } from "../schema/inputs/dataset-inputs.js";
import { type DatasetEvent, watchDataset } from "../services/reads/watch-dataset.js";
import { changedThing } from "../services/request/changed-rows.js";
import type { Context } from "../services/request/context.js";

@Resolver()
export class DatasetChangedResolver {
  @Subscription(() => Dataset, {
    description: "The dataset after each change, at most once a second; the last change is always told.",
    subscribe: ({ args, context }: { args: DatasetChangedArguments; context: Context }) =>
      watchDataset(context, args.datasetId) as never,
  })
  datasetChanged(
    @Args(() => DatasetChangedArguments) _args: DatasetChangedArguments,
    @Root() event: DatasetEvent,
    @Ctx() { loaders }: Context,
  ): Promise<DatasetRecord> {
    if ("error" in event) throw event.error;
    return changedThing(loaders, loaders.dataset, event.datasetId);
  }
}
