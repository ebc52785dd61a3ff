import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { LabelerCountsRecord, LabelerRecord } from "../entities/queries/labelers/labelers.js";
import { LabelerListArguments } from "../schema/arguments/list-arguments.js";
import { Labeler, LabelerConnection, LabelerCounts } from "../schema/labeler.js";
import { globalId } from "../services/input/global-id.js";
import { listLabelers } from "../services/reads/api-wide-lists.js";
import type { Context } from "../services/request/context.js";
import { countsOfLabeler } from "../services/request/own-facts.js";
import type { Page } from "../services/request/page.js";

@Resolver(() => Labeler)
export class LabelerResolver {
  @Query(() => LabelerConnection, { description: "All labelers, as they were registered; for ADMIN and ANALYST." })
  labelers(
    @Args(() => LabelerListArguments) args: LabelerListArguments,
    @Ctx() context: Context,
  ): Promise<Page<LabelerRecord>> {
    return listLabelers(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() labeler: LabelerRecord): string {
    return globalId("Labeler", labeler.id);
  }

  @FieldResolver(() => LabelerCounts, { description: "What they have done, in the datasets that the viewer may see." })
  counts(@Root() labeler: LabelerRecord, @Ctx() context: Context): Promise<LabelerCountsRecord | null> {
    return countsOfLabeler(context, labeler);
  }
}
