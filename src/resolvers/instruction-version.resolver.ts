import { FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { InstructionVersionRecord } from "../entities/queries/datasets/instruction-versions.js";
import { InstructionVersion } from "../schema/instruction-version.js";
import { globalId } from "../services/input/global-id.js";

@Resolver(() => InstructionVersion)
export class InstructionVersionResolver {
  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() version: InstructionVersionRecord): string {
    return globalId("InstructionVersion", version.id);
  }
}
