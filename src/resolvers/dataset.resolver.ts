import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { DatasetRecord } from "../entities/queries/datasets.js";
import { Dataset } from "../schema/dataset.js";
import type { Context } from "../services/context.js";
import { findDataset } from "../services/find-dataset.js";
import { globalId } from "../services/global-id.js";

@ArgsType()
class DatasetArguments {
  @Field(() => ID, { nullable: true, description: "The id of the dataset." })
  id?: string;

  @Field(() => String, { nullable: true, description: "The slug of the dataset." })
  slug?: string;
}

@Resolver(() => Dataset)
export class DatasetResolver {
  @Query(() => Dataset, { nullable: true, description: "A dataset by its id or its slug: exactly one of the two." })
  dataset(
    @Args(() => DatasetArguments) args: DatasetArguments,
    @Ctx() { viewer, loaders, database }: Context,
  ): Promise<DatasetRecord | null> {
    return findDataset({ viewer, loaders, database }, args);
  }

  @FieldResolver(() => ID)
  id(@Root() dataset: DatasetRecord): string {
    return globalId("Dataset", dataset.id);
  }
}
