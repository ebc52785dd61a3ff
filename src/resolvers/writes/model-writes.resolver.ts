import { Arg, Args, Ctx, Mutation, Resolver } from "type-graphql";
import type { ModelRecord } from "../../entities/queries/models/models.js";
import { DeletedPayload } from "../../schema/deleted-payload.js";
import { ImportModelInput } from "../../schema/inputs/model-inputs.js";
import { ModelIdArguments, ModelType } from "../../schema/jobs/model.js";
import { deleteModel } from "../../services/models/delete-model.js";
import { importModel } from "../../services/models/import-model.js";
import { changedThing } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";

@Resolver()
export class ModelWritesResolver {
  @Mutation(() => ModelType, {
    description:
      "Imports a GPT-2 from a folder in Hugging Face's layout, as a model of stage IMPORTED, or REWARD where it is a classifier of one label. ADMIN.",
  })
  async importModel(
    @Arg("input", () => ImportModelInput, { description: "From where, and under which name." }) input: ImportModelInput,
    @Ctx() context: Context,
  ): Promise<ModelRecord> {
    return changedThing(context.loaders, context.loaders.model, await importModel(context, input));
  }

  @Mutation(() => DeletedPayload, {
    description: "Deletes a model's file; its name and hash stay for those that descend from it. ADMIN.",
  })
  async removeModel(
    @Args(() => ModelIdArguments) { id }: ModelIdArguments,
    @Ctx() context: Context,
  ): Promise<DeletedPayload> {
    return { deletedId: await deleteModel(context, id) };
  }

  @Mutation(() => Boolean, {
    description: "Does what removeModel does, and answers true. ADMIN.",
    deprecationReason: "Use removeModel, which returns the deleted id.",
  })
  async deleteModel(@Args(() => ModelIdArguments) { id }: ModelIdArguments, @Ctx() context: Context): Promise<boolean> {
    await deleteModel(context, id);
    return true;
  }
}
