import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { InstructionVersionRecord } from "../../entities/queries/datasets/instruction-versions.js";
import type { LabelerRecord } from "../../entities/queries/labelers/labelers.js";
import {
  PublishInstructionsInput,
  RegisterLabelerInput,
  UpdateLabelerInput,
} from "../../schema/inputs/labeler-inputs.js";
import { InstructionVersion } from "../../schema/instruction-version.js";
import { Labeler } from "../../schema/labeler.js";
import { changedThing } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";
import { atPresent, registerLabeler, updateLabeler } from "../../services/writes/labelers.js";
import { publishInstructions } from "../../services/writes/publish-instructions.js";

@Resolver()
export class LabelerWritesResolver {
  @Mutation(() => Labeler, { description: "Registers a labeler; a known handle is a CONFLICT. ADMIN." })
  async registerLabeler(
    @Arg("input", () => RegisterLabelerInput, { description: "The labeler." }) input: RegisterLabelerInput,
    @Ctx() context: Context,
  ): Promise<LabelerRecord> {
    return changedThing(context.loaders, context.loaders.labeler, atPresent(await registerLabeler(context, input)));
  }

  @Mutation(() => Labeler, { description: "Changes a labeler's pool or status. ADMIN." })
  async updateLabeler(
    @Arg("input", () => UpdateLabelerInput, { description: "The change." }) input: UpdateLabelerInput,
    @Ctx() context: Context,
  ): Promise<LabelerRecord> {
    return changedThing(context.loaders, context.loaders.labeler, atPresent(await updateLabeler(context, input)));
  }

  @Mutation(() => InstructionVersion, {
    description: "Publishes instructions for labelers under the dataset's next version number. ADMIN.",
  })
  async publishInstructions(
    @Arg("input", () => PublishInstructionsInput, { description: "The instructions." }) input: PublishInstructionsInput,
    @Ctx() context: Context,
  ): Promise<InstructionVersionRecord> {
    return changedThing(context.loaders, context.loaders.instructionVersion, await publishInstructions(context, input));
  }
}
