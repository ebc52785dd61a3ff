import { Arg, Args, Ctx, Mutation, Resolver } from "type-graphql";
import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import { Dataset } from "../../schema/dataset.js";
import { DeletedPayload } from "../../schema/deleted-payload.js";
import {
  AssignSplitsInput,
  CreateDatasetInput,
  DeleteDatasetArguments,
  UpdateDatasetInput,
} from "../../schema/inputs/dataset-inputs.js";
import { changedThing } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";
import { assignSplits } from "../../services/writes/assign-splits.js";
import { createDataset } from "../../services/writes/create-dataset.js";
import { deleteDataset } from "../../services/writes/delete-dataset.js";
import { updateDataset } from "../../services/writes/update-dataset.js";

@Resolver()
export class DatasetWritesResolver {
  @Mutation(() => Dataset, { description: "Creates an empty dataset. ADMIN." })
  async createDataset(
    @Arg("input", () => CreateDatasetInput, { description: "The dataset." }) input: CreateDatasetInput,
    @Ctx() context: Context,
  ): Promise<DatasetRecord> {
    return changedThing(context.loaders, context.loaders.dataset, await createDataset(context, input));
  }

  @Mutation(() => Dataset, { description: "Changes a dataset's name or description. ADMIN." })
  async updateDataset(
    @Arg("input", () => UpdateDatasetInput, { description: "The change." }) input: UpdateDatasetInput,
    @Ctx() context: Context,
  ): Promise<DatasetRecord> {
    return changedThing(context.loaders, context.loaders.dataset, await updateDataset(context, input));
  }

  @Mutation(() => DeletedPayload, {
    description:
      "Deletes a dataset with everything in it, and the inputs and checkpoints of its jobs from the disk; labelers, models, jobs and the audit log stay. ADMIN.",
  })
  async removeDataset(
    @Args(() => DeleteDatasetArguments) args: DeleteDatasetArguments,
    @Ctx() context: Context,
  ): Promise<DeletedPayload> {
    return { deletedId: await deleteDataset(context, args) };
  }

  @Mutation(() => Boolean, {
    description: "Does what removeDataset does, and answers true. ADMIN.",
    deprecationReason: "Use removeDataset, which returns the deleted id.",
  })
  async deleteDataset(
    @Args(() => DeleteDatasetArguments) args: DeleteDatasetArguments,
    @Ctx() context: Context,
  ): Promise<boolean> {
    await deleteDataset(context, args);
    return true;
  }

  @Mutation(() => Dataset, {
    description:
      "Gives prompts their splits, so that no author and no text is in two: deterministic in the seed. ADMIN.",
  })
  async assignSplits(
    @Arg("input", () => AssignSplitsInput, { description: "How they are divided." }) input: AssignSplitsInput,
    @Ctx() context: Context,
  ): Promise<DatasetRecord> {
    return changedThing(context.loaders, context.loaders.dataset, await assignSplits(context, input));
  }
}
