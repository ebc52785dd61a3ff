import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { InstructionVersionRecord } from "../entities/queries/datasets/instruction-versions.js";
import type { DemonstrationRecord } from "../entities/queries/judgments/demonstrations.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import type { PromptRecord } from "../entities/queries/prompts/prompts.js";
import { Demonstration } from "../schema/demonstration.js";
import { InstructionVersion } from "../schema/instruction-version.js";
import { Labeler } from "../schema/labeler.js";
import { Prompt } from "../schema/prompt.js";
import { globalId } from "../services/input/global-id.js";
import type { Context } from "../services/request/context.js";
import { instructionsOf, labelerOf, promptOf } from "../services/request/related.js";

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
