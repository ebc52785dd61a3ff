import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { DemonstrationRecord } from "../entities/queries/demonstrations.js";
import type { InstructionVersionRecord } from "../entities/queries/instruction-versions.js";
import type { LabelerRecord } from "../entities/queries/labelers.js";
import type { PromptRecord } from "../entities/queries/prompts.js";
import { Demonstration } from "../schema/demonstration.js";
import { InstructionVersion } from "../schema/instruction-version.js";
import { Labeler } from "../schema/labeler.js";
import { Prompt } from "../schema/prompt.js";
import type { Context } from "../services/context.js";
import { globalId } from "../services/global-id.js";
import { instructionsOf, labelerOf, promptOf } from "../services/related.js";

@Resolver(() => Demonstration)
export class DemonstrationResolver {
  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() demonstration: DemonstrationRecord): string {
    return globalId("Demonstration", demonstration.id);
  }

  @FieldResolver(() => Prompt, { description: "The prompt that it answers." })
  prompt(@Root() demonstration: DemonstrationRecord, @Ctx() { loaders }: Context): Promise<PromptRecord | null> {
    return promptOf(loaders, demonstration);
  }

  @FieldResolver(() => Labeler, { description: "Who wrote it." })
  labeler(@Root() demonstration: DemonstrationRecord, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return labelerOf(loaders, demonstration);
  }

  @FieldResolver(() => InstructionVersion, {
    nullable: true,
    description: "The version of the instructions that it was written under, where known.",
  })
  instructionVersion(
    @Root() demonstration: DemonstrationRecord,
    @Ctx() { loaders }: Context,
  ): Promise<InstructionVersionRecord | null> {
    return instructionsOf(loaders, demonstration);
  }
}
